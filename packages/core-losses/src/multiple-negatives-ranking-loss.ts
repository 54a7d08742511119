import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { checkTargets } from './check-targets.ts';
import type { LossOptions } from './loss-options.ts';
import { crossEntropyLoss } from './softmax-cross-entropy.ts';

export interface MultipleNegativesRankingLossOptions extends LossOptions {
  /** Multiplies the similarities, above 0: the inverse of a temperature. 20 by default. */
  readonly scale?: number;
  /** The right candidate of every anchor, [anchors]. Candidate i for anchor i by default. */
  readonly targets?: Int32Array;
}

/**
 * Multiple negatives ranking loss: the cross-entropy of every anchor's own candidate among all candidates.
 *
 * @param similarities [anchors, candidates], cosines; the first candidates are the positives of the anchors, and
 * further ones are additional negatives
 * @param options scale, targets and reduction (`'mean'` by default: over the anchors)
 * @returns a scalar
 * @throws InvalidArgumentError where an option is wrong or there are fewer candidates than anchors
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Henderson et al., "Efficient natural language response suggestion for Smart Reply" (2017), arXiv:1705.00652
 */
export function multipleNegativesRankingLoss(
  similarities: tf.Tensor2D,
  options: MultipleNegativesRankingLossOptions = {},
): tf.Scalar {
  const where = 'multipleNegativesRankingLoss';
  const { scale = 20, targets, reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkNumber(where, 'scale', scale, { minimum: 0, exclusive: true });
  const [anchors, candidates] = similarities.shape;
  if (targets === undefined && candidates < anchors) {
    throw new InvalidArgumentError({
      where,
      argument: 'similarities',
      expected: 'at least as many columns as rows where targets is not given',
      got: similarities,
    });
  }
  const own = targets ?? Int32Array.from({ length: anchors }, (_, i) => i);
  checkTargets(where, 'targets', own, anchors, candidates);
  return tf.tidy(() => crossEntropyLoss(where, tf.mul(similarities, scale), own, reduction));
}
