import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { zeroOf } from './gather-entries.ts';
import type { LossOptions } from './loss-options.ts';
import { positivePairs } from './positive-pairs.ts';
import { reduce } from './reduction.ts';
import { fillCells, viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { excluded } from './masked-log-sum-exp.ts';

export interface AngularLossOptions extends LossOptions {
  /** Upper bound of the angle at the negative, in degrees, between 0 and 60. 40 by default. */
  readonly angle?: number;
  /**
   * Cosines of all candidates to all candidates, [candidates, candidates], where the candidates are not the
   * anchors. The matrix itself by default.
   */
  readonly candidateSimilarities?: tf.Tensor2D;
}

/** Keeps the logarithm of an empty sum finite. */
const smallest = 1e-37;

/**
 * Angular loss of every positive pair: log(1 + sum over negatives of the anchor of
 * e^(4 tan^2(angle) (s_an + s_pn) - 2 (1 + tan^2(angle)) s_ap)).
 *
 * The sum over negatives is one product of matrices, since e^(s_an + s_pn) = e^s_an e^s_pn; so all three points
 * are normalised alike.
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options angle, candidateSimilarities and reduction (`'mean'` by default: over all positive pairs)
 * @returns a scalar; a positive pair whose anchor has no negative adds 0
 * @throws InvalidArgumentError where the selection, an option or a shape is wrong
 * @throws NonFiniteInputError where a matrix holds NaN or an infinity
 * @see Wang et al., "Deep metric learning with angular loss" (2017), arXiv:1708.01682
 */
export function angularLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  options: AngularLossOptions = {},
): tf.Scalar {
  const where = 'angularLoss';
  const { angle = 40, candidateSimilarities, reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkNumber(where, 'angle', angle, { minimum: 0, maximum: 60, exclusive: true });
  const between = candidateSimilarities ?? similarities;
  if (between !== similarities) checkMatrix(where, 'candidateSimilarities', between, checkFinite);
  if (between.shape[0] !== similarities.shape[1] || between.shape[1] !== similarities.shape[1]) {
    throw new InvalidArgumentError({
      where,
      argument: 'candidateSimilarities',
      expected: `given, of shape [${similarities.shape[1]}, ${similarities.shape[1]}], where the candidates are not the anchors`,
      got: candidateSimilarities,
    });
  }
  const view = viewRelation(where, selection, similarities);
  const squaredTangent = Math.tan((angle * Math.PI) / 180) ** 2;
  const pairs = positivePairs(view);
  if (pairs.rows.length === 0) return zeroOf(similarities);
  return tf.tidy(() => {
    // Shifted by the largest cosine, 1, so that no exponential is above 1.
    const rise = (s: tf.Tensor2D) => tf.tidy(() => tf.exp(tf.mul(tf.sub(s, 1), 4 * squaredTangent)));
    const fromAnchors = rise(similarities);
    const fromCandidates = between === similarities ? fromAnchors : rise(between);
    const sums = tf.tidy(() => {
      const masked = tf.mul(fromAnchors, fillCells(view, { negative: 1 })) as tf.Tensor2D;
      return tf.matMul(masked, fromCandidates, false, true) as tf.Tensor2D;
    });
    const logits = tf.sub(
      tf.add(tf.log(tf.maximum(pairs.of(sums), smallest)), 8 * squaredTangent),
      tf.mul(pairs.of(similarities), 2 * (1 + squaredTangent)),
    );
    // A pair whose anchor has no negative adds nothing.
    const blocked = Float32Array.from(pairs.rows, (row) => (view.negatives[row]! > 0 ? 0 : excluded));
    const values = tf.softplus(tf.add(logits, tf.tensor1d(blocked)));
    return reduce(where, pairs.terms(values), reduction);
  });
}
