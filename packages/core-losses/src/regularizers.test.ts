import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { cosine, dot, euclidean, mean, sum, unit } from '../test/oracles.ts';
import {
  centerInvariantRegularizer,
  lengthRegularizer,
  regularFaceRegularizer,
  sparseCentersRegularizer,
  zeroMeanRegularizer,
} from './index.ts';

const x = randomMatrix(6, 4, 1);

test('values and gradients', () => {
  expectLoss(lengthRegularizer, (w) => mean(w.map((row) => Math.hypot(...row))), x);
  expectLoss(
    (t) => lengthRegularizer(t, { power: 3 }),
    (w) => mean(w.map((row) => Math.hypot(...row) ** 3)),
    x,
  );
  expectLoss(zeroMeanRegularizer, (w) => mean(w.map((row) => Math.abs(sum(row)))), x);
  expectLoss(
    centerInvariantRegularizer,
    (w) => {
      const squares = w.map((row) => dot(row, row));
      return mean(squares.map((s) => (s - mean(squares)) ** 2)) / 4;
    },
    x,
  );
  expectLoss(
    regularFaceRegularizer,
    (w) => mean(w.map((a, i) => Math.max(...w.filter((_, j) => j !== i).map((b) => cosine(a, b))))),
    x,
  );
  expectLoss(
    (t) => sparseCentersRegularizer(t, { centers: 3 }),
    (w) => {
      const u = w.map(unit);
      const pairs = [
        [0, 1],
        [0, 2],
        [1, 2],
        [3, 4],
        [3, 5],
        [4, 5],
      ] as const;
      return mean(pairs.map(([i, j]) => euclidean(u[i]!, u[j]!) / 2));
    },
    x,
  );
});

test('zeros, copies and one class: finite', () => {
  tf.tidy(() => {
    const zeros = tf.zeros<tf.Rank.R2>([4, 3]);
    for (const f of [
      lengthRegularizer,
      zeroMeanRegularizer,
      centerInvariantRegularizer,
      regularFaceRegularizer,
    ]) {
      expect(
        [
          ...tf
            .grad((t) => f(t as tf.Tensor2D))(zeros)
            .dataSync(),
        ].every(Number.isFinite),
      ).toBe(true);
    }
    const same = tf.ones<tf.Rank.R2>([4, 3]);
    const gradient = tf.grad((t) => sparseCentersRegularizer(t as tf.Tensor2D, { centers: 2 }))(same);
    expect([...gradient.dataSync()].every((g) => g === 0)).toBe(true);
    expect(regularFaceRegularizer(tf.ones([1, 3])).dataSync()[0]).toBe(0);
  });
});

test('bad input', () => {
  tf.tidy(() => {
    expect(() => sparseCentersRegularizer(tf.ones([5, 2]), { centers: 2 })).toThrow(
      'weights must be a multiple of 2 rows',
    );
    expect(() => lengthRegularizer(tf.ones([5, 2]), { power: 0 })).toThrow(
      'power must be a finite number of at least 1',
    );
  });
});
