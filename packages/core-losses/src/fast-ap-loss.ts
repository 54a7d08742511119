import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';
import { checkInteger, checkMatrix, checkNumber } from './check-arguments.ts';
import type { LossOptions } from './loss-options.ts';
import { reduce } from './reduction.ts';
import { anchorsWith, anchorTerms, viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { softHistogram } from './soft-histogram.ts';

export interface FastApLossOptions extends LossOptions {
  /** Intervals of the distances, at least 1. 10 by default. */
  readonly bins?: number;
  /** The largest distance, above 0. 4 by default: squared Euclidean distances of unit vectors. */
  readonly largest?: number;
}

/**
 * FastAP: 1 minus the average precision of every anchor that has a positive, from soft histograms of its
 * distances.
 *
 * @param distances [anchors, candidates], from 0 to `largest`; the source takes squared Euclidean distances of
 * unit vectors
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options bins, largest and reduction (`'mean'` by default: over anchors with a positive)
 * @returns a scalar
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `distances` holds NaN or an infinity
 * @see Cakir et al., "Deep metric learning to rank" (2019)
 */
export function fastApLoss(
  distances: tf.Tensor2D,
  selection: PairSelection,
  { bins = 10, largest = 4, reduction = 'mean', checkFinite = true }: FastApLossOptions = {},
): tf.Scalar {
  const where = 'fastApLoss';
  checkMatrix(where, 'distances', distances, checkFinite);
  checkInteger(where, 'bins', bins, 1);
  checkNumber(where, 'largest', largest, { minimum: 0, exclusive: true });
  const view = viewRelation(where, selection, distances);
  return tf.tidy(() => {
    const histogram = softHistogram(distances, view, { low: 0, high: largest, bins, perRow: true });
    const [positive, negative] = tf.unstack(histogram, 1) as [tf.Tensor2D, tf.Tensor2D];
    const found = tf.cumsum(positive, 1);
    const seen = tf.add(found, tf.cumsum(negative, 1));
    // Where nothing was seen yet, nothing was found either.
    const safe = tf.add(seen, tf.sub(1, isPositive(seen)));
    const precision = tf.sum(tf.div(tf.mul(positive, found), safe), 1, true);
    const inverse = Float32Array.from(view.positives, (n) => 1 / Math.max(1, n));
    const values = tf.sub(1, tf.mul(precision, tf.tensor2d(inverse, [inverse.length, 1])));
    return reduce(where, anchorTerms(values, anchorsWith(view, 'positive')), reduction);
  });
}
