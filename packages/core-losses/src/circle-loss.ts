import { Relation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { anchorLossOnHost } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { excluded, maskedLogSumExp } from './masked-log-sum-exp.ts';
import { reduce } from './reduction.ts';
import { anchorsWith, anchorTerms, fillCells, viewRelation, type RelationView } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { exponentialsOfScratch, sigmoid, softplus } from './softmax-by-kind.ts';

export interface CircleLossOptions extends LossOptions {
  /** Relaxation m: positives aim at 1 - m, negatives at m. 0.4 by default. */
  readonly margin?: number;
  /** Scale gamma, above 0. 80 by default. */
  readonly scale?: number;
}

/**
 * Circle loss of every anchor that has a positive and a negative: softplus(LSE over negatives of
 * scale w (s - m) + LSE over positives of -scale w (s - 1 + m)).
 *
 * The weights w = max(0, s + m) of negatives and w = max(0, 1 + m - s) of positives are constants for the gradient.
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options margin, scale and reduction (`'mean'` by default: over anchors with a positive and a negative)
 * @returns a scalar
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Sun et al., "Circle loss: a unified perspective of pair similarity optimization" (2020), arXiv:2002.10857
 */
export function circleLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  { margin = 0.4, scale = 80, reduction = 'mean', checkFinite = true }: CircleLossOptions = {},
): tf.Scalar {
  const where = 'circleLoss';
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkNumber(where, 'margin', margin);
  checkNumber(where, 'scale', scale, { minimum: 0, exclusive: true });
  const view = viewRelation(where, selection, similarities);
  const present = anchorsWith(view, 'positive', 'negative');
  const onHost = anchorLossOnHost(similarities, view, present, reduction, (row) => {
    const { start, end, cells, kinds, slopes, scratch, weight } = row;
    const { positive: alike, negative: different } = Relation;
    for (let i = start, j = 0; i < end; i++, j++) {
      const s = cells[i]!;
      scratch[j] =
        kinds[i] === different
          ? scale * Math.max(0, s + margin) * (s - margin)
          : scale * Math.max(0, 1 + margin - s) * (1 - margin - s);
    }
    const { positive, negative } = exponentialsOfScratch(row);
    const violation = positive.logSumExp + negative.logSumExp;
    const factor = sigmoid(violation) * scale * weight;
    for (let i = start, j = 0; i < end; i++, j++) {
      const s = cells[i]!;
      if (kinds[i] === different) {
        slopes[i] = (scratch[j]! / negative.total) * factor * Math.max(0, s + margin);
      } else if (kinds[i] === alike) {
        slopes[i] = (scratch[j]! / positive.total) * -factor * Math.max(0, 1 + margin - s);
      }
    }
    return softplus(violation);
  });
  if (onHost !== undefined) return onHost;
  return tf.tidy(() => {
    const logits = circleLogits(similarities, view, margin, scale);
    const positive = maskedLogSumExp(logits, {
      bias: fillCells(view, { none: excluded, negative: excluded }),
    });
    const negative = maskedLogSumExp(logits, {
      bias: fillCells(view, { none: excluded, positive: excluded }),
    });
    const values = tf.softplus(tf.add(positive, negative));
    return reduce(where, anchorTerms(values, present), reduction);
  });
}

function circleLogits(
  similarities: tf.Tensor2D,
  view: RelationView,
  margin: number,
  scale: number,
): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [s, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const direction = fillCells(view, { positive: -1, negative: 1 });
    const distance = tf.add(
      tf.mul(s, direction),
      fillCells(view, { positive: 1 + margin, negative: margin }),
    );
    const weights = tf.mul(tf.relu(distance), tf.mul(direction, scale));
    save([weights]);
    return {
      value: tf.mul(weights, tf.sub(s, fillCells(view, { positive: 1 - margin, negative: margin }))),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]!),
    };
  });
  return op(similarities) as tf.Tensor2D;
}
