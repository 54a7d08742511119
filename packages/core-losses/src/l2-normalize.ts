import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';

/**
 * Scales every row to Euclidean length 1.
 *
 * A row of zeros, or one too short for its squared length to be a float32 (below about 1e-19), stays zero and
 * gets gradient 0.
 *
 * @param x embeddings, [n, dimension], finite
 * @returns [n, dimension]
 */
export function l2Normalize(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => normalize(x));
}

/** The smallest normal float32, about. */
const smallest = 1.2e-38;

const normalize = /* @__PURE__ */ tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
  const squaredLength = tf.sum(tf.square(x), 1, true);
  // 1 / length, and 0 for a row of zeros.
  const inverse = tf.div(isPositive(squaredLength), tf.sqrt(tf.maximum(squaredLength, smallest)));
  const unit = tf.mul(x, inverse);
  save([unit, inverse]);
  return {
    value: unit,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [u, perLength] = saved as [tf.Tensor2D, tf.Tensor2D];
      const radial = tf.mul(u, tf.sum(tf.mul(dy, u), 1, true));
      return tf.mul(tf.sub(dy, radial), perLength);
    },
  };
}) as (x: tf.Tensor2D) => tf.Tensor2D;
