import { accelerate, selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { affine } from './affine.ts';

beforeAll(async () => {
  await selectEngine();
  accelerate();
});

const composed: typeof affine = (x, scale, offset) => tf.add(tf.mul(x, scale), offset);

/** The sum of the squares of what `f` gives, and its gradients. */
function valueAndGradients(f: typeof affine): number[][] {
  const loss = (...[x, scale, offset]: tf.Tensor[]) =>
    tf.sum(tf.square(f(x!, scale as tf.Tensor1D, offset as tf.Tensor1D)));
  return tf.tidy(() => {
    const x = tf.randomNormal([3, 4, 2, 5], 3, 2, 'float32', 1);
    const { value, grads } = tf.valueAndGrads(loss)([
      x,
      tf.tensor1d([-2, 0, 1e-3, 1, 30]),
      tf.tensor1d([1, -1, 0, 100, 2]),
    ]);
    return [value, ...grads].map((tensor) => Array.from(tensor.dataSync()));
  });
}

test('is a product and a sum, and so are its gradients', () => {
  const before = tf.memory().numTensors;
  const found = valueAndGradients(affine);
  expect(tf.memory().numTensors).toBe(before);
  const expected = valueAndGradients(composed);
  found.forEach((values, k) => {
    const largest = Math.max(...expected[k]!.map(Math.abs));
    const worst = Math.max(...values.map((value, i) => Math.abs(value - expected[k]![i]!)));
    expect(worst / largest).toBeLessThan(1e-5);
  });
});
