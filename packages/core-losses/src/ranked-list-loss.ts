import { Relation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { expOfNonPositive } from './exp-of-non-positive.ts';
import { anchorLossOnHost } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { reduce } from './reduction.ts';
import { anchorsWith, anchorTerms, fillCells, viewRelation, type RelationView } from './relation-view.ts';
import type { PairSelection } from './selection.ts';

export interface RankedListLossOptions extends LossOptions {
  /** Gap between positives and negatives, in the units of the distances. 0.4 by default. */
  readonly margin?: number;
  /** Negatives nearer than this count; positives farther than `boundary - margin` do. 1.2 by default. */
  readonly boundary?: number;
  /** How much nearer negatives weigh more, at least 0. 10 by default. */
  readonly negativeTemperature?: number;
  /** How much farther positives weigh more, at least 0. 0 by default: all the same. */
  readonly positiveTemperature?: number;
  /** Share of the negatives' side, 0 to 1. 0.5 by default. */
  readonly balance?: number;
}

/**
 * Ranked list loss of every anchor: the weighted mean of d - (boundary - margin) over positives outside, and the
 * weighted mean of boundary - d over negatives inside, with weights e^(temperature violation).
 *
 * The weights are constants for the gradient, as in the paper.
 *
 * @param distances [anchors, candidates], Euclidean
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options margin, boundary, temperatures, balance and reduction (`'mean'` by default: over all anchors)
 * @returns a scalar; a side without a violation adds 0
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `distances` holds NaN or an infinity
 * @see Wang et al., "Ranked list loss for deep metric learning" (2019), arXiv:1903.03238
 */
export function rankedListLoss(
  distances: tf.Tensor2D,
  selection: PairSelection,
  options: RankedListLossOptions = {},
): tf.Scalar {
  const where = 'rankedListLoss';
  const { margin = 0.4, boundary = 1.2, negativeTemperature = 10, positiveTemperature = 0 } = options;
  const { balance = 0.5, reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'distances', distances, checkFinite);
  checkNumber(where, 'margin', margin);
  checkNumber(where, 'boundary', boundary);
  checkNumber(where, 'negativeTemperature', negativeTemperature, { minimum: 0 });
  checkNumber(where, 'positiveTemperature', positiveTemperature, { minimum: 0 });
  checkNumber(where, 'balance', balance, { minimum: 0, maximum: 1 });
  const view = viewRelation(where, selection, distances);
  const present = anchorsWith(view);
  // Where the violations of a row are.
  const violating = new Int32Array(distances.shape[1]);
  const onHost = anchorLossOnHost(distances, view, present, reduction, (row) => {
    const { positive: alike, negative: different } = Relation;
    const { start, end, cells, kinds, slopes, scratch, weight } = row;
    const excessOf = (i: number) =>
      kinds[i] === different ? boundary - cells[i]! : cells[i]! - boundary + margin;
    let count = 0;
    let topPositive = 0;
    let topNegative = 0;
    for (let i = start; i < end; i++) {
      const kind = kinds[i];
      const excess = kind === different ? boundary - cells[i]! : cells[i]! - boundary + margin;
      // NaN shall show.
      if (excess <= 0 || (kind !== different && kind !== alike)) continue;
      violating[count++] = i;
      if (kind === different) topNegative = Math.max(topNegative, excess * negativeTemperature);
      else topPositive = Math.max(topPositive, excess * positiveTemperature);
    }
    let ofPositives = 0;
    let ofNegatives = 0;
    for (let k = 0; k < count; k++) {
      const i = violating[k]!;
      if (kinds[i] === different) {
        ofNegatives += scratch[k] = expOfNonPositive(excessOf(i) * negativeTemperature - topNegative);
      } else {
        ofPositives += scratch[k] = expOfNonPositive(excessOf(i) * positiveTemperature - topPositive);
      }
    }
    let term = 0;
    for (let k = 0; k < count; k++) {
      const i = violating[k]!;
      const negative = kinds[i] === different;
      const share = scratch[k]! * (negative ? balance / ofNegatives : (1 - balance) / ofPositives);
      term += share * excessOf(i);
      slopes[i] = negative ? -share * weight : share * weight;
    }
    return term;
  });
  if (onHost !== undefined) return onHost;
  return tf.tidy(() => {
    const positive = violation(distances, view, 'positive', 1, boundary - margin, positiveTemperature);
    const negative = violation(distances, view, 'negative', -1, boundary, negativeTemperature);
    const values = tf.add(tf.mul(positive, 1 - balance), tf.mul(negative, balance));
    return reduce(where, anchorTerms(values, present), reduction);
  });
}

/** Weighted mean of max(0, sign (d - limit)) over the violating cells of one kind, [anchors, 1]. */
function violation(
  distances: tf.Tensor2D,
  view: RelationView,
  kind: 'positive' | 'negative',
  sign: 1 | -1,
  limit: number,
  temperature: number,
): tf.Tensor {
  const op = tf.customGrad((...args) => {
    const [d, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const excess = tf.relu(
      tf.add(tf.mul(d, fillCells(view, { [kind]: sign })), fillCells(view, { [kind]: -sign * limit })),
    );
    // The largest weight of a row is 1, so that none overflows.
    const relative = tf.exp(tf.mul(tf.sub(excess, tf.max(excess, 1, true)), temperature));
    const weights = tf.mul(relative, isPositive(excess));
    const total = tf.sum(weights, 1, true);
    const shares = tf.div(weights, tf.add(total, tf.sub(1, isPositive(total))));
    save([shares]);
    return {
      value: tf.sum(tf.mul(shares, excess), 1, true),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0]!, tf.mul(dy, sign)),
    };
  });
  return op(distances);
}
