import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkEmbeddings, checkName } from './check-arguments.ts';
import { l2Normalize } from './l2-normalize.ts';
import { rowLengths } from './row-lengths.ts';
import type { PairwiseDistancesOptions } from './pairwise-distances.ts';

/**
 * Distance of every row of `x` to the same row of `y`. A zero distance has gradient 0.
 *
 * @param x [n, dimension]
 * @param y [n, dimension]
 * @param options as for pairwiseDistances
 * @returns [n], >= 0
 * @throws InvalidArgumentError where a shape or the measure is wrong
 * @throws NonFiniteInputError where an input holds NaN or an infinity
 */
export function rowDistances(
  x: tf.Tensor2D,
  y: tf.Tensor2D,
  { measure = 'euclidean', checkFinite = true }: PairwiseDistancesOptions = {},
): tf.Tensor1D {
  const where = 'rowDistances';
  checkEmbeddings(where, x, y, checkFinite);
  checkName(where, 'measure', measure, ['euclidean', 'squared-euclidean', 'cosine']);
  if (x.shape[0] !== y.shape[0]) {
    throw new InvalidArgumentError({
      where,
      argument: 'y',
      expected: `of the same number of rows as x, ${x.shape[0]}`,
      got: y,
    });
  }
  return tf.tidy(() => {
    const isCosine = measure === 'cosine';
    const difference = tf.sub(isCosine ? l2Normalize(x) : x, isCosine ? l2Normalize(y) : y);
    if (measure === 'euclidean') return rowLengths(difference as tf.Tensor2D);
    const squared = tf.sum<tf.Tensor1D>(tf.square(difference), 1);
    return isCosine ? tf.mul(squared, 0.5) : squared;
  });
}
