import * as tf from '@tensorflow/tfjs-core';
import { oneHot } from './one-hot.ts';

/**
 * -log softmax(logits)[target], row by row.
 *
 * @param logits [rows, columns]
 * @param targets the right column of every row, [rows], checked by the caller
 * @returns [rows, 1]
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, targets: Int32Array): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const right = oneHot(targets, x.shape[1]);
    const shifted = tf.sub(x, tf.max(x, 1, true));
    const exponentials = tf.exp(shifted);
    const total = tf.sum(exponentials, 1, true);
    save([exponentials, total, right]);
    return {
      value: tf.sub(tf.log(total), tf.sum(tf.mul(shifted, right), 1, true)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [e, t, o] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return tf.mul(tf.sub(tf.div(e, t), o), dy);
      },
    };
  });
  return op(logits) as tf.Tensor2D;
}
