import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { oneHot } from './one-hot.ts';
import { checkInteger, checkMatrix, checkNumber } from './check-arguments.ts';
import { zeroOf } from './gather-entries.ts';
import { l2Normalize } from './l2-normalize.ts';
import { pairwiseDistances } from './pairwise-distances.ts';
import { rowLengths } from './row-lengths.ts';

/**
 * The mean length of the rows, or of its square, and so on.
 *
 * @param x embeddings or weights, [n, dimension]
 * @param options `power` of the Euclidean length, at least 1; 1 by default
 * @returns a scalar; a row of zeros has gradient 0
 * @throws InvalidArgumentError where the shape or the power is wrong
 */
export function lengthRegularizer(
  x: tf.Tensor2D,
  { power = 1 }: { readonly power?: number } = {},
): tf.Scalar {
  const where = 'lengthRegularizer';
  checkMatrix(where, 'x', x, false);
  checkNumber(where, 'power', power, { minimum: 1 });
  return tf.tidy(() => {
    const lengths = rowLengths(x);
    return tf.mean(power === 1 ? lengths : tf.pow(lengths, power));
  });
}

/**
 * The mean of |sum of coordinates| of the rows, which draws every row to mean 0.
 *
 * @param x embeddings or weights, [n, dimension]
 * @returns a scalar
 * @throws InvalidArgumentError where the shape is wrong
 */
export function zeroMeanRegularizer(x: tf.Tensor2D): tf.Scalar {
  checkMatrix('zeroMeanRegularizer', 'x', x, false);
  return tf.tidy(() => tf.mean(tf.abs(tf.sum(x, 1))));
}

/**
 * The mean of (|w|^2 - mean |w|^2)^2 / 4 of the rows, which makes all class weights equally long.
 *
 * @param weights [classes, dimension]
 * @returns a scalar
 * @throws InvalidArgumentError where the shape is wrong
 * @see Wu et al., "Deep face recognition with center invariant loss" (2017)
 */
export function centerInvariantRegularizer(weights: tf.Tensor2D): tf.Scalar {
  checkMatrix('centerInvariantRegularizer', 'weights', weights, false);
  return tf.tidy(() => {
    const squared = tf.sum(tf.square(weights), 1);
    return tf.mul(tf.mean(tf.square(tf.sub(squared, tf.mean(squared)))), 0.25);
  });
}

/**
 * The mean over rows of the cosine to the nearest other row, which spreads class weights over the sphere.
 *
 * @param weights [classes, dimension]
 * @returns a scalar in [-1, 1]; 0 with gradient 0 for one class
 * @throws InvalidArgumentError where the shape is wrong
 * @see Zhao, Xu and Cheng, "RegularFace: deep face recognition via exclusive regularization" (2019)
 */
export function regularFaceRegularizer(weights: tf.Tensor2D): tf.Scalar {
  checkMatrix('regularFaceRegularizer', 'weights', weights, false);
  const classes = weights.shape[0];
  if (classes === 1) return zeroOf(weights);
  return tf.tidy(() => {
    const unit = l2Normalize(weights);
    const cosines = tf.matMul(unit, unit, false, true);
    // Own cosines are at most 1, so that subtracting 4 puts them last.
    const nearest = tf.argMax(tf.sub(cosines, tf.mul(tf.eye(classes), 4)), 1) as tf.Tensor1D;
    const chosen = oneHot(nearest, classes);
    return tf.mul(tf.sum(tf.mul(cosines, chosen)), 1 / classes);
  });
}

/**
 * The mean distance between normalised centres of one class, halved as in SoftTriple, which merges centres that a
 * class does not need.
 *
 * @param weights [classes x centers, dimension], a class's centres in consecutive rows
 * @param options `centers` of every class, at least 2
 * @returns a scalar; equal centres have gradient 0
 * @throws InvalidArgumentError where the shape or `centers` is wrong
 * @see Qian et al., "SoftTriple loss" (2019), arXiv:1909.05235
 */
export function sparseCentersRegularizer(
  weights: tf.Tensor2D,
  { centers }: { readonly centers: number },
): tf.Scalar {
  const where = 'sparseCentersRegularizer';
  checkMatrix(where, 'weights', weights, false);
  checkInteger(where, 'centers', centers, 2);
  const rows = weights.shape[0];
  if (rows % centers !== 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'weights',
      expected: `a multiple of ${centers} rows`,
      got: weights,
    });
  }
  return tf.tidy(() => {
    const distances = pairwiseDistances(l2Normalize(weights), undefined, { checkFinite: false });
    const mask = new Float32Array(rows * rows);
    for (let i = 0; i < rows; i++) {
      const start = Math.floor(i / centers) * centers;
      mask.fill(1, i * rows + start, i * rows + start + centers);
    }
    // Every pair of a class is in the matrix twice.
    const pairs = (rows * (centers - 1)) / 2;
    return tf.mul(tf.sum(tf.mul(distances, tf.tensor2d(mask, [rows, rows]))), 1 / (4 * pairs));
  });
}
