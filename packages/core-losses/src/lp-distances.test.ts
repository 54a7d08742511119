import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectClose, expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { matrixOf, sum } from '../test/oracles.ts';
import { lpDistances } from './lp-distances.ts';

const minkowski = (p: number) => (a: readonly number[], b: readonly number[]) =>
  sum(a.map((v, i) => Math.abs(v - b[i]!) ** p)) ** (1 / p);

const [x, y, weights] = [randomMatrix(4, 3, 1), randomMatrix(3, 3, 2), randomMatrix(4, 4, 3)];

const weighted = (m: number[][]) => sum(m.flatMap((row, i) => row.map((v, j) => v * weights[i]![j]!)));

const w = (columns: number) => tf.tensor2d(weights.map((row) => row.slice(0, columns)));

const off = (m: number[][]) => m.map((row, i) => row.map((v, j) => (i === j ? 0 : v)));

test.each([1, 2, 3.5])('p = %d: values and gradients for both sides', (p) => {
  const values = tf.tidy(() => lpDistances(tf.tensor2d(x), tf.tensor2d(y), { p }).dataSync());
  expectClose([...values], matrixOf(minkowski(p), x, y).flat(), 1e-6);
  expectLoss(
    (t) => tf.tidy(() => tf.sum(tf.mul(lpDistances(t, undefined, { p }), w(4)))),
    (a) => weighted(off(matrixOf(minkowski(p), a))),
    x,
  );
  expectLoss(
    (t) => tf.tidy(() => tf.sum(tf.mul(lpDistances(tf.tensor2d(x), t, { p }), w(3)))),
    (b) => weighted(matrixOf(minkowski(p), x, b)),
    y,
  );
});

test('tiny differences have a gradient', () => {
  const small = randomMatrix(4, 3, 1, 1e-12);
  expectLoss(
    (t) => tf.tidy(() => tf.sum(lpDistances(t))),
    (a) => sum(off(matrixOf(minkowski(1), a)).flat()),
    small,
  );
});

test('several blocks give what one does', () => {
  const [wide, other] = [randomMatrix(4, 1000, 4), randomMatrix(300, 1000, 5)];
  const values = tf.tidy(() => lpDistances(tf.tensor2d(wide), tf.tensor2d(other)).dataSync());
  expectClose([...values], matrixOf(minkowski(1), wide, other).flat(), 1e-5);
});

test('copies have gradient 0; p below 1 is refused', () => {
  const gradient = tf.tidy(() =>
    tf
      .grad((t) => tf.sum(lpDistances(t as tf.Tensor2D, undefined, { p: 3 })))(tf.tensor2d([x[0]!, x[0]!]))
      .dataSync(),
  );
  expect([...gradient].every((g) => Math.abs(g) === 0)).toBe(true);
  expect(() => tf.tidy(() => lpDistances(tf.tensor2d(x), undefined, { p: 0.5 }))).toThrow(
    'lpDistances: p must be a finite number of at least 1, got 0.5.',
  );
});
