import * as tf from '@tensorflow/tfjs-core';

/** e^(factor x) of every number, by the engine, which takes a few at a time where a loop takes one. */
export function engineExponentials(matrix: tf.Tensor2D, factor: number): Float32Array {
  // A tidy that gave the numbers would look for tensors among them.
  const exponentials = tf.tidy(() => tf.exp(tf.mul(matrix, factor)));
  const numbers = exponentials.dataSync() as Float32Array;
  exponentials.dispose();
  return numbers;
}
