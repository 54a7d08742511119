import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { zeroOf } from './gather-entries.ts';
import type { LossOptions } from './loss-options.ts';
import { positivePairs } from './positive-pairs.ts';
import { reduce } from './reduction.ts';
import { anchorsWith, anchorTerms, fillCells, viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { smoothRanks, sumByAnchor } from './smooth-ranks.ts';

export interface SmoothApLossOptions extends LossOptions {
  /** Temperature of the sigmoids, above 0. 0.01 by default. */
  readonly temperature?: number;
}

/**
 * Smooth-AP: 1 minus the average precision of every anchor that has a positive, with ranks made of sigmoids.
 *
 * The precision at a positive p is (1 + positives before p) / (1 + positives and negatives before p). Classes
 * may be of any size and in any order. Where the anchor is among the candidates it counts only if the relation
 * says so.
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options temperature and reduction (`'mean'` by default: over anchors with a positive)
 * @returns a scalar
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Brown et al., "Smooth-AP: smoothing the path towards large-scale image retrieval" (2020), arXiv:2007.12163
 */
export function smoothApLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  { temperature = 0.01, reduction = 'mean', checkFinite = true }: SmoothApLossOptions = {},
): tf.Scalar {
  const where = 'smoothApLoss';
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkNumber(where, 'temperature', temperature, { minimum: 0, exclusive: true });
  const view = viewRelation(where, selection, similarities);
  const pairs = positivePairs(view);
  if (pairs.rows.length === 0) return zeroOf(similarities);
  return tf.tidy(() => {
    const masks = [fillCells(view, { positive: 1 }), fillCells(view, { negative: 1 })];
    // A positive compared with itself adds sigmoid(0) = 0.5 to its own rank.
    const [amongPositives, amongNegatives] = tf.unstack(
      smoothRanks(similarities, pairs, masks, temperature),
    ) as [tf.Tensor1D, tf.Tensor1D];
    const positiveRank = tf.add(amongPositives, 0.5);
    const precision = tf.div(positiveRank, tf.add(positiveRank, amongNegatives));
    const inverse = Float32Array.from(pairs.rows, (row) => 1 / view.positives[row]!);
    const average = sumByAnchor(tf.mul(precision, tf.tensor1d(inverse)), pairs.rows, similarities.shape[0]);
    return reduce(where, anchorTerms(tf.sub(1, average), anchorsWith(view, 'positive')), reduction);
  });
}
