import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { zeroOf } from './gather-entries.ts';
import type { LossOptions } from './loss-options.ts';
import { reduce, type LossTerms } from './reduction.ts';
import { selectPairs, type SelectedPairs } from './selected-pairs.ts';
import type { PairSelection } from './selection.ts';

export interface IntraPairVarianceLossOptions extends LossOptions {
  /** Share of the mean by which a positive pair may fall below it. 0.01 by default. */
  readonly positiveTolerance?: number;
  /** Share of the mean by which a negative pair may rise above it. 0.01 by default. */
  readonly negativeTolerance?: number;
}

/**
 * Intra-pair variance loss: max(0, (1 - tolerance) m_p - s)^2 of positive pairs, where m_p is their mean, plus
 * max(0, s - (1 + tolerance) m_n)^2 of negative pairs, where m_n is theirs. Each kind is reduced by itself.
 *
 * An addition to another loss, in the paper with weight 0.5; alone it is 0 for collapsed embeddings.
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection pairs of rows and columns of `similarities`, or the relation of every cell
 * @param options tolerances and reduction (`'mean'` by default: over all selected pairs of the kind)
 * @returns a scalar; 0 with gradient 0 where nothing is selected
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Yu and Tao, "Deep metric learning with tuplet margin loss" (2019)
 */
export function intraPairVarianceLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  options: IntraPairVarianceLossOptions = {},
): tf.Scalar {
  const where = 'intraPairVarianceLoss';
  const { positiveTolerance = 0.01, negativeTolerance = 0.01 } = options;
  const { reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkNumber(where, 'positiveTolerance', positiveTolerance);
  checkNumber(where, 'negativeTolerance', negativeTolerance);
  return tf.tidy(() => {
    const pairs = selectPairs(where, similarities, selection);
    if (pairs.positives + pairs.negatives === 0) return zeroOf(similarities);
    return tf.add(
      reduce(where, spreadTerms(pairs, 1, 1 - positiveTolerance), reduction),
      reduce(where, spreadTerms(pairs, -1, 1 + negativeTolerance), reduction),
    );
  });
}

/** max(0, sign (share mean - value))^2 of the pairs with that sign, whose mean it is. */
function spreadTerms(pairs: SelectedPairs, sign: 1 | -1, share: number): LossTerms {
  const present = Uint8Array.from(pairs.sign, (s) => Number(s === sign));
  const count = sign === 1 ? pairs.positives : pairs.negatives;
  const mask = tf.tensor(Float32Array.from(present), pairs.values.shape);
  const mean = tf.mul(tf.sum(tf.mul(pairs.values, mask)), share / Math.max(1, count));
  const below = tf.mul(tf.sub(mean, pairs.values), tf.mul(mask, sign));
  return {
    values: tf.square(tf.relu(below)),
    count,
    present,
    anchors: pairs.anchors,
    anchorCount: pairs.anchorCount,
  };
}
