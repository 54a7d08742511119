import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkName, checkNumber } from './check-arguments.ts';
import { zeroOf } from './gather-entries.ts';
import type { LossOptions } from './loss-options.ts';
import { positivePairs } from './positive-pairs.ts';
import { reduce } from './reduction.ts';
import { anchorsWith, anchorTerms, fillCells, viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { smoothRanks, sumByAnchor } from './smooth-ranks.ts';

export interface PnpLossOptions extends LossOptions {
  /**
   * What becomes of the number n of negatives before a positive: `'plain'` n; `'decreasing-log'` log(1 + n);
   * `'decreasing-power'` (default) 1 - (1 + n)^-alpha; `'increasing-log'` (1 + n) log(1 + n);
   * `'increasing-bounded'` (b n - log(1 + b n)) / b^2. In the paper O, D_s, D_q, I_u and I_b.
   */
  readonly variant?:
    | 'plain'
    | 'decreasing-log'
    | 'decreasing-power'
    | 'increasing-log'
    | 'increasing-bounded';
  /** Exponent of `'decreasing-power'`, above 0. 8 by default, as the paper recommends. */
  readonly alpha?: number;
  /** b of `'increasing-bounded'`, above 0. 2 by default. */
  readonly bound?: number;
  /** Temperature of the sigmoids, above 0. 0.01 by default. */
  readonly temperature?: number;
}

/**
 * Penalising negatives before positives: for every anchor that has a positive, the mean over its positives of a
 * function of how many negatives are more alike to the anchor.
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options variant, alpha, bound, temperature and reduction (`'mean'` by default: over anchors with a positive)
 * @returns a scalar
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Li et al., "Rethinking the optimization of average precision: only penalizing negative instances before
 * positive ones is enough" (2021), arXiv:2102.04640
 */
export function pnpLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  options: PnpLossOptions = {},
): tf.Scalar {
  const where = 'pnpLoss';
  const { variant = 'decreasing-power', alpha = 8, bound = 2, temperature = 0.01 } = options;
  const { reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkName(where, 'variant', variant, [
    'plain',
    'decreasing-log',
    'decreasing-power',
    'increasing-log',
    'increasing-bounded',
  ]);
  for (const [name, value] of Object.entries({ alpha, bound, temperature })) {
    checkNumber(where, name, value, { minimum: 0, exclusive: true });
  }
  const view = viewRelation(where, selection, similarities);
  const pairs = positivePairs(view);
  if (pairs.rows.length === 0) return zeroOf(similarities);
  return tf.tidy(() => {
    const before = tf.squeeze<tf.Tensor1D>(
      smoothRanks(similarities, pairs, [fillCells(view, { negative: 1 })], temperature),
      [0],
    );
    const costs = costOf(before, variant, alpha, bound);
    const inverse = Float32Array.from(pairs.rows, (row) => 1 / view.positives[row]!);
    const values = sumByAnchor(tf.mul(costs, tf.tensor1d(inverse)), pairs.rows, similarities.shape[0]);
    return reduce(where, anchorTerms(values, anchorsWith(view, 'positive')), reduction);
  });
}

function costOf(
  before: tf.Tensor1D,
  variant: NonNullable<PnpLossOptions['variant']>,
  alpha: number,
  bound: number,
): tf.Tensor {
  switch (variant) {
    case 'plain':
      return before;
    case 'decreasing-log':
      return tf.log1p(before);
    case 'decreasing-power':
      return tf.neg(tf.expm1(tf.mul(tf.log1p(before), -alpha)));
    case 'increasing-log':
      return tf.mul(tf.add(before, 1), tf.log1p(before));
    case 'increasing-bounded': {
      const scaled = tf.mul(before, bound);
      return tf.mul(tf.sub(scaled, tf.log1p(scaled)), 1 / bound ** 2);
    }
  }
}
