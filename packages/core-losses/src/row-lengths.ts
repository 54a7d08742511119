import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';

/** Keeps a division by 0 out. */
const smallest = 1e-37;

/** The length of every row, with gradient 0 for a row of zeros. */
export const rowLengths = /* @__PURE__ */ tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
  const lengths = tf.sqrt(tf.sum(tf.square(x), 1));
  save([x, lengths]);
  return {
    value: lengths,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [rows, l] = saved as [tf.Tensor, tf.Tensor];
      const inverse = tf.div(isPositive(l), tf.maximum(l, smallest));
      return tf.mul(rows, tf.expandDims(tf.mul(dy, inverse), 1));
    },
  };
}) as (x: tf.Tensor2D) => tf.Tensor1D;
