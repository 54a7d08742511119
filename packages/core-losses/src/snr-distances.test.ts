import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { matrixOf, mean, sum } from '../test/oracles.ts';
import { snrDistances } from './snr-distances.ts';

const variance = (v: readonly number[]) => sum(v.map((c) => (c - mean(v)) ** 2)) / (v.length - 1);
const snr = (a: readonly number[], b: readonly number[]) =>
  variance(a.map((v, i) => v - b[i]!)) / variance(a);

test('values and gradients', () => {
  const [x, y] = [randomMatrix(4, 5, 1), randomMatrix(3, 5, 2)];
  expectLoss(
    (t) => tf.tidy(() => tf.sum(snrDistances(t))),
    (a) => sum(matrixOf(snr, a).flat()),
    x,
  );
  expectLoss(
    (t) => tf.tidy(() => tf.sum(snrDistances(t, tf.tensor2d(y)))),
    (a) => sum(matrixOf(snr, a, y).flat()),
    x,
  );
});

test('an anchor without signal has distance 0 and gradient 0', () => {
  const [values, gradient] = tf.tidy(() => {
    const x = tf.tensor2d([
      [2, 2],
      [1, 3],
    ]);
    return [
      snrDistances(x).dataSync(),
      tf
        .grad((t) => tf.sum(snrDistances(t as tf.Tensor2D)))(x)
        .dataSync(),
    ];
  });
  expect([...values!]).toEqual([0, 0, 1, 0]);
  expect([...gradient!].every(Number.isFinite)).toBe(true);
});
