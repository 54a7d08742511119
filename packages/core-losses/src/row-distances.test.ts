import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { cosine, euclidean, squared, sum } from '../test/oracles.ts';
import { rowDistances } from './row-distances.ts';

const [x, y] = [randomMatrix(4, 3, 1), randomMatrix(4, 3, 2)];

test.each([
  ['euclidean', euclidean],
  ['squared-euclidean', squared],
  ['cosine', (a: readonly number[], b: readonly number[]) => 1 - cosine(a, b)],
] as const)('%s: values and gradients for both sides', (measure, oracle) => {
  const weights = [1, -2, 3, 0.5];
  const weighted = (t: tf.Tensor) => tf.sum(tf.mul(t, tf.tensor1d(weights)));
  const total = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) =>
    sum(a.map((row, i) => weights[i]! * oracle(row, b[i]!)));
  expectLoss(
    (t) => tf.tidy(() => weighted(rowDistances(t, tf.tensor2d(y), { measure }))),
    (a) => total(a, y),
    x,
  );
  expectLoss(
    (t) => tf.tidy(() => weighted(rowDistances(tf.tensor2d(x), t, { measure }))),
    (b) => total(x, b),
    y,
  );
  expectLoss(
    (t) => tf.tidy(() => weighted(rowDistances(tf.tensor2d(x), t, { measure }))),
    () => 0,
    x,
    1e-6,
  );
});

test('another number of rows is refused', () => {
  expect(() => tf.tidy(() => rowDistances(tf.tensor2d(x), tf.tensor2d(y.slice(1))))).toThrow(
    'rowDistances: y must be of the same number of rows as x, 4, got a tensor of shape [3, 3].',
  );
});
