import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectClose, expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { cosine, dot, matrixOf, sum } from '../test/oracles.ts';
import { pairwiseSimilarities } from './pairwise-similarities.ts';

const [x, y, weights] = [randomMatrix(5, 4, 1), randomMatrix(3, 4, 2), randomMatrix(5, 5, 3)];

const weighted = (m: number[][]) => sum(m.flatMap((row, i) => row.map((v, j) => v * weights[i]![j]!)));

const w = (columns: number) => tf.tensor2d(weights.map((row) => row.slice(0, columns)));

test.each([
  ['cosine', cosine],
  ['dot', dot],
] as const)('%s: values and gradients, with and without a reference set', (measure, oracle) => {
  const values = tf.tidy(() => pairwiseSimilarities(tf.tensor2d(x), tf.tensor2d(y), { measure }).dataSync());
  expectClose([...values], matrixOf(oracle, x, y).flat(), 1e-6);
  expectLoss(
    (t) => tf.tidy(() => tf.sum(tf.mul(pairwiseSimilarities(t, undefined, { measure }), w(5)))),
    (a) => weighted(matrixOf(oracle, a)),
    x,
  );
  expectLoss(
    (t) => tf.tidy(() => tf.sum(tf.mul(pairwiseSimilarities(t, tf.tensor2d(y), { measure }), w(3)))),
    (a) => weighted(matrixOf(oracle, a, y)),
    x,
  );
});

test('a row of zeros has cosine 0; other measures are refused', () => {
  tf.tidy(() => {
    expect([...pairwiseSimilarities(tf.tensor2d([[0, 0]]), tf.tensor2d([[1, 2]])).dataSync()]).toEqual([0]);
    expect(() => pairwiseSimilarities(tf.tensor2d([[1]]), undefined, { measure: 'l2' as never })).toThrow(
      'pairwiseSimilarities: measure must be "cosine" or "dot", got "l2".',
    );
  });
});
