import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkEmbeddings, checkName } from './check-arguments.ts';
import { l2Normalize } from './l2-normalize.ts';
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

/** The length of every row, with gradient 0 for a row of zeros. */
const rowLengths = tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
  const lengths = tf.sqrt(tf.sum(tf.square(x), 1));
  save([x, lengths]);
  return {
    value: lengths,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [rows, l] = saved as [tf.Tensor, tf.Tensor];
      const safe = tf.where(tf.greater(l, 0), l, Number.POSITIVE_INFINITY);
      return tf.mul(rows, tf.expandDims(tf.div(dy, safe), 1));
    },
  };
}) as (x: tf.Tensor2D) => tf.Tensor1D;
