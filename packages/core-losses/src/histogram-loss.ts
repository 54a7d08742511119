import * as tf from '@tensorflow/tfjs-core';
import { checkInteger, checkMatrix } from './check-arguments.ts';
import { zeroOf } from './gather-entries.ts';
import { viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { softHistogram } from './soft-histogram.ts';

export interface HistogramLossOptions {
  /** Intervals between -1 and 1, at least 1. 100 by default. */
  readonly bins?: number;
  /** As in LossOptions. */
  readonly checkFinite?: boolean;
}

/**
 * Histogram loss: the probability that a random negative pair is more alike than a random positive one, from
 * soft histograms of both.
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options bins
 * @returns a scalar in [0, 1]; 0 with gradient 0 where there is no positive or no negative pair
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Ustinova and Lempitsky, "Learning deep embeddings with histogram loss" (2016), arXiv:1611.00822
 */
export function histogramLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  { bins = 100, checkFinite = true }: HistogramLossOptions = {},
): tf.Scalar {
  const where = 'histogramLoss';
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkInteger(where, 'bins', bins, 1);
  const view = viewRelation(where, selection, similarities);
  const pairs = view.total.positive * view.total.negative;
  if (pairs === 0) return zeroOf(similarities);
  return tf.tidy(() => {
    const histogram = softHistogram(similarities, view, { low: -1, high: 1, bins, perRow: false });
    const [positive, negative] = tf.unstack(tf.squeeze(histogram, [0])) as [tf.Tensor1D, tf.Tensor1D];
    return tf.mul(tf.sum(tf.mul(negative, tf.cumsum(positive))), 1 / pairs);
  });
}
