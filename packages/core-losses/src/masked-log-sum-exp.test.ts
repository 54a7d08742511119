import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { sum } from '../test/oracles.ts';
import { emptyRow, excluded, maskedLogSumExp } from './masked-log-sum-exp.ts';

const x = randomMatrix(3, 4, 1);
const mask = [
  [1, 0, 1, 1],
  [0, 1, 0, 0],
  [1, 1, 1, 1],
];
const bias = () => tf.tensor2d(mask.map((row) => row.map((m) => (m === 1 ? 0.5 : excluded))));

test.each([false, true])('value and gradient, plusOne %s', (plusOne) => {
  expectLoss(
    (t) => tf.tidy(() => tf.sum(maskedLogSumExp(t, { scale: -3, bias: bias(), plusOne }))),
    (m) =>
      sum(
        m.map((row, i) =>
          Math.log(Number(plusOne) + sum(row.map((v, j) => mask[i]![j]! * Math.exp(-3 * v + 0.5)))),
        ),
      ),
    x,
  );
});

test('an empty row, tiny sums and large values', () => {
  tf.tidy(() => {
    const none = tf.tensor2d([[excluded, excluded, excluded]]);
    const row = tf.tensor2d([[5, -5, 1e6]]);
    expect(maskedLogSumExp(row, { bias: none }).dataSync()[0]).toBe(Math.fround(emptyRow));
    expect(maskedLogSumExp(row, { bias: none, plusOne: true }).dataSync()[0]).toBe(0);
    expect(maskedLogSumExp(row, { plusOne: true }).dataSync()[0]).toBe(1e6);
    const tiny = maskedLogSumExp(tf.tensor2d([[-20, -21]]), { plusOne: true }).dataSync()[0]!;
    // The log1p of the wasm backend is log(1 + x).
    const error = Math.abs(tiny - Math.exp(-20) - Math.exp(-21));
    expect(error).toBeLessThan(tf.getBackend() === 'wasm' ? 1e-7 : 1e-15);
    const gradient = tf.grad((t) => tf.sum(maskedLogSumExp(t as tf.Tensor2D, { bias: none })))(row);
    expect([...gradient.dataSync()]).toEqual([0, 0, 0]);
  });
});
