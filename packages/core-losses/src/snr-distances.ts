import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';
import { checkEmbeddings } from './check-arguments.ts';
import { pairwiseDistances, type PairwiseDistancesOptions } from './pairwise-distances.ts';

const centre = (rows: tf.Tensor2D) => tf.sub<tf.Tensor2D>(rows, tf.mean(rows, 1, true));

/**
 * Signal-to-noise distances: variance of x_i - y_j over variance of x_i, both over the coordinates. Not symmetric.
 *
 * @param x [anchors, dimension]
 * @param y [candidates, dimension]; `x` itself where `undefined`
 * @returns [anchors, candidates], >= 0; a row of an anchor whose coordinates are all equal is 0
 * @throws InvalidArgumentError where a shape is wrong
 * @throws NonFiniteInputError where an input holds NaN or an infinity
 * @see Yuan et al., "Signal-to-noise ratio: a robust distance metric for deep metric learning" (2019), arXiv:1904.02616
 */
export function snrDistances(
  x: tf.Tensor2D,
  y?: tf.Tensor2D,
  { checkFinite = true }: Pick<PairwiseDistancesOptions, 'checkFinite'> = {},
): tf.Tensor2D {
  checkEmbeddings('snrDistances', x, y, checkFinite);
  return tf.tidy(() => {
    const anchors = centre(x);
    const candidates = y === undefined || y === x ? undefined : centre(y);
    const noise = pairwiseDistances(anchors, candidates, {
      measure: 'squared-euclidean',
      checkFinite: false,
    });
    const signal = tf.sum(tf.square(anchors), 1, true);
    // Where there is no signal the quotient is 0, and so is its gradient.
    const known = isPositive(signal);
    return tf.mul<tf.Tensor2D>(noise, tf.div(known, tf.add(signal, tf.sub(1, known))));
  });
}
