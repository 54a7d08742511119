import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { euclidean, matrixOf, mean, relu, sum } from '../test/oracles.ts';
import { liftedStructureLoss, pairwiseDistances, relationFromLabels } from './index.ts';

const labels = Int32Array.of(3, 1, 3, 8, 1, 3);
const relation = relationFromLabels(labels);

function oracle(e: number[][]): number {
  const d = matrixOf(euclidean, e);
  const push = (i: number) => sum(d[i]!.map((v, n) => (labels[n] === labels[i] ? 0 : Math.exp(1 - v))));
  const terms = d.flatMap((row, i) =>
    row.flatMap((v, j) =>
      i !== j && labels[i] === labels[j] ? [relu(v + Math.log(push(i) + push(j))) ** 2 / 2] : [],
    ),
  );
  return mean(terms);
}

test('the negatives of both ends push', () => {
  const x = randomMatrix(6, 4, 1);
  expectLoss((t) => tf.tidy(() => liftedStructureLoss(pairwiseDistances(t), relation)), oracle, x);
});

test('equal sums of both ends share the gradient', () => {
  // Samples 0 and 2 mirror each other, so that their negatives push alike.
  const x = [
    [1, 0],
    [0, 3],
    [-1, 0],
    [0, 2],
    [0, 1],
    [0, -1],
  ];
  expectLoss((t) => tf.tidy(() => liftedStructureLoss(pairwiseDistances(t), relation)), oracle, x);
});

test('a reference set needs ends: "anchor"', () => {
  const d = tf.zeros<tf.Rank.R2>([2, 3]);
  expect(() => liftedStructureLoss(d, new Uint8Array(6))).toThrow(
    'liftedStructureLoss: distances must be square where ends is "both", got a tensor of shape [2, 3].',
  );
  d.dispose();
});
