import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { mean, sum } from '../test/oracles.ts';
import { multipleNegativesRankingLoss } from './multiple-negatives-ranking-loss.ts';

const s = randomMatrix(3, 5, 1);
const oracle = (targets: number[]) => (m: number[][]) =>
  mean(m.map((row, i) => Math.log(sum(row.map((v) => Math.exp(4 * v)))) - 4 * row[targets[i]!]!));

test('value and gradient, with own and given targets', () => {
  expectLoss((t) => multipleNegativesRankingLoss(t, { scale: 4 }), oracle([0, 1, 2]), s);
  const targets = Int32Array.of(4, 0, 0);
  expectLoss((t) => multipleNegativesRankingLoss(t, { scale: 4, targets }), oracle([4, 0, 0]), s);
});

test('bad input', () => {
  tf.tidy(() => {
    expect(() => multipleNegativesRankingLoss(tf.zeros([3, 2]))).toThrow('at least as many columns as rows');
    expect(() => multipleNegativesRankingLoss(tf.zeros([2, 2]), { targets: Int32Array.of(0, 2) })).toThrow(
      'multipleNegativesRankingLoss: targets[1] must be from 0 to 1, got 2.',
    );
    expect(() => multipleNegativesRankingLoss(tf.zeros([2, 2]), { targets: Int32Array.of(0) })).toThrow(
      'targets must be an Int32Array of 2',
    );
  });
});
