import * as tf from '@tensorflow/tfjs-core';

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

const normalize = tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
  const squaredLength = tf.sum(tf.square(x), 1, true);
  // Infinity as the length of a zero row makes its inverse 0.
  const length = tf.where(tf.greater(squaredLength, 0), tf.sqrt(squaredLength), Number.POSITIVE_INFINITY);
  const unit = tf.div(x, length);
  save([unit, length]);
  return {
    value: unit,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [u, l] = saved as [tf.Tensor2D, tf.Tensor2D];
      const radial = tf.mul(u, tf.sum(tf.mul(dy, u), 1, true));
      return tf.div(tf.sub(dy, radial), l);
    },
  };
}) as (x: tf.Tensor2D) => tf.Tensor2D;
