import * as tf from '@tensorflow/tfjs-core';

/** The length of every row, with gradient 0 for a row of zeros. */
export const rowLengths = tf.customGrad((...args) => {
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
