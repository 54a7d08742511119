import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { euclidean, mean, relu } from '../test/oracles.ts';
import { centroidTripletLoss } from './centroid-triplet-loss.ts';

const labels = Int32Array.of(3, 1, 3, 8, 1, 3);
const centre = (rows: number[][]) => rows[0]!.map((_, k) => mean(rows.map((row) => row[k]!)));

function oracle(e: number[][]): number {
  const terms = e.flatMap((row, i) => {
    const others = e.filter((_, j) => j !== i && labels[j] === labels[i]);
    if (others.length === 0) return [];
    const means = [...new Set(labels)]
      .filter((label) => label !== labels[i])
      .map((label) => centre(e.filter((_, j) => labels[j] === label)));
    const nearest = Math.min(...means.map((m) => euclidean(row, m)));
    return [relu(euclidean(row, centre(others)) - nearest + 0.5)];
  });
  return mean(terms);
}

test('value and gradient agree with loops', () => {
  expectLoss((t) => centroidTripletLoss(t, labels, { margin: 0.5 }), oracle, randomMatrix(6, 4, 1));
});

test('one class, all distinct, a batch of one: 0', () => {
  const x = randomMatrix(6, 4, 1);
  expectLoss(
    (t) => centroidTripletLoss(t, new Int32Array(6)),
    () => 0,
    x,
  );
  expectLoss(
    (t) => centroidTripletLoss(t, Int32Array.of(1, 2, 3, 4, 5, 6)),
    () => 0,
    x,
  );
  expectLoss(
    (t) => centroidTripletLoss(t, Int32Array.of(1)),
    () => 0,
    x.slice(0, 1),
  );
});

test('labels of another length are refused', () => {
  expect(() => tf.tidy(() => centroidTripletLoss(tf.zeros([3, 2]), labels))).toThrow(
    'centroidTripletLoss: labels must be an Int32Array of 3, got a Int32Array of 6.',
  );
});
