import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { sum } from '../test/oracles.ts';
import { combineLosses, matryoshkaLoss } from './index.ts';

const x = randomMatrix(3, 4, 1);
const cubes = (t: tf.Tensor2D): tf.Scalar => tf.sum(tf.pow(t, 3));
const squares = (t: tf.Tensor2D): tf.Scalar => tf.sum(tf.square(t));
const total = (m: number[][], power: number, columns = 4) =>
  sum(m.flatMap((row) => row.slice(0, columns).map((v) => v ** power)));

test('matryoshka: the weighted sum over first coordinates', () => {
  expectLoss(
    (t) => matryoshkaLoss(t, cubes, { dimensions: [4, 2, 1], weights: [1, 0.5, 2] }),
    (m) => total(m, 3) + 0.5 * total(m, 3, 2) + 2 * total(m, 3, 1),
    x,
  );
  expectLoss(
    (t) => matryoshkaLoss(t, cubes, { dimensions: [2] }),
    (m) => total(m, 3, 2),
    x,
  );
});

test('combined: the weighted sum of losses', () => {
  const loss = combineLosses([{ loss: cubes }, { loss: squares, weight: 0.1 }]);
  expectLoss(loss, (m) => total(m, 3) + 0.1 * total(m, 2), x);
});

test('bad input', () => {
  const t = tf.tensor2d(x);
  const truncate = (dimensions: number[], weights?: number[]) =>
    matryoshkaLoss(t, cubes, weights === undefined ? { dimensions } : { dimensions, weights });
  expect(() => truncate([])).toThrow(
    'matryoshkaLoss: weights must be as many as dimensions, 0, and at least 1',
  );
  expect(() => truncate([5])).toThrow('dimensions[0] must be a finite number of at most 4, got 5.');
  expect(() => truncate([2], [1, 2])).toThrow('weights must be as many as dimensions, 1');
  expect(() => combineLosses([])).toThrow('terms must be at least one loss');
  expect(() => combineLosses([{ loss: cubes, weight: Number.NaN }])).toThrow(
    'terms[0].weight must be a finite number',
  );
  t.dispose();
});
