import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectClose, expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { sum, unit } from '../test/oracles.ts';
import { l2Normalize } from './l2-normalize.ts';

test('values and gradient', () => {
  const weights = randomMatrix(3, 4, 2);
  for (const scale of [1e-12, 1, 1e6]) {
    expectLoss(
      (x) => tf.tidy(() => tf.sum(tf.mul(l2Normalize(x), tf.tensor2d(weights)))),
      (x) => sum(x.flatMap((row, i) => unit(row).map((v, j) => v * weights[i]![j]!))),
      randomMatrix(3, 4, 1, scale),
    );
  }
});

test('rows have length 1; a zero row stays zero with gradient 0', () => {
  const x = [...randomMatrix(2, 3, 3, 1e6), [0, 0, 0]];
  const [rows, gradient] = tf.tidy(() => [
    l2Normalize(tf.tensor2d(x)).arraySync(),
    (tf.grad((t) => tf.sum(l2Normalize(t as tf.Tensor2D)))(tf.tensor2d(x)) as tf.Tensor2D).arraySync(),
  ]);
  expectClose(
    rows!.map((row) => Math.hypot(...row)),
    [1, 1, 0],
    1e-6,
  );
  expect(gradient![2]).toEqual([0, 0, 0]);
});
