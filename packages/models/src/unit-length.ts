import * as tf from '@tensorflow/tfjs-core';

/** Rows divided by their Euclidean length; a row of zeros stays zero, with gradient zero. */
export function unitLength(x: tf.Tensor): tf.Tensor {
  const squared = tf.sum(tf.square(x), 1, true);
  return tf.mul(x, tf.rsqrt(tf.maximum(squared, 1e-12)));
}
