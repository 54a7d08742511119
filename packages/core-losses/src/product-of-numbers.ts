import * as tf from '@tensorflow/tfjs-core';

type Shape = [rows: number, columns: number];

/** The product of two matrices of numbers, computed on the engine; either may be transposed first. */
export function productOfNumbers(
  a: Float32Array,
  b: Float32Array,
  shapes: readonly [Shape, Shape],
  transposeA: boolean,
  transposeB: boolean,
): Float32Array {
  // A tidy that gave the numbers would look for tensors among them.
  const result = tf.tidy(() => {
    const left = tf.tensor2d(a, shapes[0]);
    return tf.matMul(left, a === b ? left : tf.tensor2d(b, shapes[1]), transposeA, transposeB);
  });
  const numbers = result.dataSync() as Float32Array;
  result.dispose();
  return numbers;
}
