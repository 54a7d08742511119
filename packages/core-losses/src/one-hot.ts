import * as tf from '@tensorflow/tfjs-core';

/**
 * 1 in the column of every row's class, 0 elsewhere, [rows, classes].
 *
 * Cast afterwards, because the kernel of the wasm backend knows integers only.
 */
export function oneHot(targets: Int32Array | tf.Tensor1D, classes: number): tf.Tensor2D {
  const indices = targets instanceof Int32Array ? tf.tensor1d(targets, 'int32') : targets;
  return tf.cast<tf.Tensor2D>(tf.oneHot(indices, classes) as tf.Tensor2D, 'float32');
}
