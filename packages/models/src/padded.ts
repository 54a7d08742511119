import * as tf from '@tensorflow/tfjs-core';
import type { Padding } from './architecture.ts';

/** Padding by number done beforehand, because not every engine's convolution can; spared where `same` does it too. */
export function padded(
  x: tf.Tensor4D,
  padding: Padding,
  size: number,
  stride: number,
  value = 0,
): { input: tf.Tensor4D; padding: 'same' | 'valid' } {
  if (typeof padding !== 'number') return { input: x, padding };
  if (stride === 1 && 2 * padding + 1 === size) return { input: x, padding: 'same' };
  return { input: zeroPadded(x, padding, value), padding: 'valid' };
}

/** `padding` pixels more on every side. */
export function zeroPadded(x: tf.Tensor4D, padding: number, value = 0): tf.Tensor4D {
  if (padding === 0) return x;
  return tf.pad(
    x,
    [
      [0, 0],
      [padding, padding],
      [padding, padding],
      [0, 0],
    ],
    value,
  );
}
