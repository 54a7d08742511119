import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectClose, expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { mean, nonZeroMean, relu, sum } from '../test/oracles.ts';
import { marginLoss } from './margin-loss.ts';

const triplets = {
  anchors: Int32Array.of(0, 0, 1, 2),
  positives: Int32Array.of(1, 2, 0, 1),
  negatives: Int32Array.of(3, 3, 2, 0),
};
const d = randomMatrix(3, 4, 1, 0.5).map((row) => row.map((v) => Math.abs(v) + 0.5));
const halves = (m: number[][], beta: (anchor: number) => number) =>
  [...triplets.anchors].flatMap((a, i) => [
    relu(m[a]![triplets.positives[i]!]! - beta(a) + 0.2),
    relu(beta(a) - m[a]![triplets.negatives[i]!]! + 0.2),
  ]);

test.each([
  ['non-zero-mean', nonZeroMean],
  ['mean', mean],
  ['sum', sum],
] as const)('%s', (reduction, reduce) => {
  expectLoss(
    (t) => marginLoss(t, triplets, { beta: 0.9, reduction }),
    (m) => reduce(halves(m, () => 0.9)),
    d,
  );
});

test('beta can be learned, as one number or one for each anchor', () => {
  const distances = tf.tensor2d(d);
  const one = (b: number[][]) => nonZeroMean(halves(d, () => b[0]![0]!));
  expectLoss((t) => tf.tidy(() => marginLoss(distances, triplets, { beta: tf.reshape(t, []) })), one, [
    [0.9],
  ]);
  const many = (b: number[][]) => nonZeroMean(halves(d, (a) => b[0]![a]!));
  expectLoss((t) => tf.tidy(() => marginLoss(distances, triplets, { beta: tf.reshape(t, [3]) })), many, [
    [0.9, 1.1, 0.7],
  ]);
  const value = tf.tidy(() => marginLoss(distances, triplets, { beta: 0.9 }).dataSync()[0]!);
  expectClose([value], [one([[0.9]])], 1e-6);
  distances.dispose();
});

test('nothing selected, and a beta of the wrong shape', () => {
  const none = { anchors: new Int32Array(), positives: new Int32Array(), negatives: new Int32Array() };
  expectLoss(
    (t) => marginLoss(t, none),
    () => 0,
    d,
  );
  tf.tidy(() => {
    expect(() => marginLoss(tf.tensor2d(d), triplets, { beta: tf.zeros([2]) })).toThrow(
      'marginLoss: beta must be a number, a scalar or one value for each of the 3 anchors, got a tensor of shape [2].',
    );
  });
});
