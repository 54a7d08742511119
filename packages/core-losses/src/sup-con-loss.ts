import { Relation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { anchorLossOnHost } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { excluded, maskedLogSumExp } from './masked-log-sum-exp.ts';
import { reduce } from './reduction.ts';
import { anchorsWith, anchorTerms, fillCells, viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { exponentials, sigmoid, softplus, writeSlopes } from './softmax-by-kind.ts';

export interface SupConLossOptions extends LossOptions {
  /** Temperature, above 0. 0.1 by default. */
  readonly temperature?: number;
}

/**
 * Supervised contrastive loss of every anchor that has a positive: the mean over its positives p of
 * -log(e^(s_ap / t) / sum over positives and negatives k of e^(s_ak / t)).
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options temperature and reduction (`'mean'` by default: over anchors with a positive)
 * @returns a scalar
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Khosla et al., "Supervised contrastive learning" (2020), arXiv:2004.11362, the form with the sum outside
 */
export function supConLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  { temperature = 0.1, reduction = 'mean', checkFinite = true }: SupConLossOptions = {},
): tf.Scalar {
  const where = 'supConLoss';
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkNumber(where, 'temperature', temperature, { minimum: 0, exclusive: true });
  const view = viewRelation(where, selection, similarities);
  const present = anchorsWith(view, 'positive');
  const onHost = anchorLossOnHost(similarities, view, present, reduction, (row) => {
    const { start, end, cells, kinds, slopes, weight } = row;
    const alike = Relation.positive;
    const logit = { scale: 1 / temperature, bias: 0 };
    const { positive, negative } = exponentials(row, logit, logit);
    const rise = negative.logSumExp - positive.logSumExp;
    const share = sigmoid(rise);
    writeSlopes(row, (1 - share) / (temperature * positive.total), share / (temperature * negative.total));
    const each = 1 / (temperature * view.positives[row.anchor]!);
    let mean = 0;
    for (let i = start; i < end; i++) {
      if (kinds[i] !== alike) continue;
      mean += each * cells[i]!;
      slopes[i]! -= each * weight;
    }
    return positive.logSumExp + softplus(rise) - mean;
  });
  if (onHost !== undefined) return onHost;
  return tf.tidy(() => {
    const all = maskedLogSumExp(similarities, {
      scale: 1 / temperature,
      bias: fillCells(view, { none: excluded }),
    });
    const sums = tf.sum(tf.mul(similarities, fillCells(view, { positive: 1 })), 1, true);
    const weights = Float32Array.from(view.positives, (n) => (n === 0 ? 0 : 1 / (n * temperature)));
    const values = tf.sub(all, tf.mul(sums, tf.tensor2d(weights, [weights.length, 1])));
    return reduce(where, anchorTerms(values, present), reduction);
  });
}
