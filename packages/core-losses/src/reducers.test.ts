import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss } from '../test/expect-loss.ts';
import { mean } from '../test/oracles.ts';
import {
  classWeightedMean,
  contrastiveLoss,
  perAnchorMean,
  supConLoss,
  thresholdMean,
  tripletLoss,
  type Reduction,
} from './index.ts';

// With margin 0 and distances to negatives of 0 the terms are the distances to the positives.
const d = [
  [0.1, 0.5, 0.9, 0],
  [0.3, 0.7, 0.2, 0],
];
const triplets = {
  anchors: Int32Array.of(0, 0, 0, 1),
  positives: Int32Array.of(0, 1, 2, 1),
  negatives: Int32Array.of(3, 3, 3, 3),
};
const withReduction = (reduction: Reduction) => (t: tf.Tensor2D) =>
  tripletLoss(t, triplets, { margin: 0, reduction });
const terms = (m: number[][]) =>
  [...triplets.anchors].map((a, i) => m[a]![triplets.positives[i]!]! - m[a]![3]!);

const inside = (m: number[][]) => mean(terms(m).filter((v) => v > 0.2 && v < 0.8));

test('threshold: the mean of the terms strictly inside', () => {
  expectLoss(withReduction(thresholdMean({ low: 0.2, high: 0.8 })), inside, d);
  expectLoss(withReduction(thresholdMean({ low: 5 })), () => 0, d);
  expectLoss(withReduction(thresholdMean()), (m) => mean(terms(m)), d);
});

test('per anchor: every anchor weighs the same', () => {
  expectLoss(withReduction(perAnchorMean()), (m) => mean([mean(terms(m).slice(0, 3)), terms(m)[3]!]), d);
});

test('class-weighted: terms times the weight of the anchor', () => {
  const reducer = classWeightedMean([2, 5], Int32Array.of(1, 0));
  expectLoss(withReduction(reducer), (m) => mean(terms(m).map((v, i) => v * [5, 5, 5, 2][i]!)), d);
});

test('cells that are not selected do not count', () => {
  const relation = Uint8Array.of(1, 0, 1, 0, 0, 1, 0, 0);
  const loss = (reduction: Reduction) => (t: tf.Tensor2D) =>
    contrastiveLoss(t, relation, { form: 'linear', reduction });
  expectLoss(loss(thresholdMean({ low: -1 })), (m) => mean([m[0]![0]!, m[0]![2]!, m[1]![1]!]), d);
  expectLoss(loss(perAnchorMean()), (m) => mean([mean([m[0]![0]!, m[0]![2]!]), m[1]![1]!]), d);
});

const largest: Reduction = ({ values, count }) => {
  expect(count).toBe(1);
  return tf.max(values);
};

test("a loss that has one value an anchor, and a reducer of one's own", () => {
  const relation = Uint8Array.of(1, 0, 2, 2, 2, 2, 2, 2);
  const t = tf.tensor2d(d);
  const [own, plain, weighted] = tf.tidy(() =>
    [largest, 'mean' as const, classWeightedMean([1, 3], Int32Array.of(1, 0))].map(
      (reduction) => supConLoss(t, relation, { reduction }).dataSync()[0]!,
    ),
  );
  expect(own).toBe(plain);
  expect(weighted).toBeCloseTo(3 * plain!, 5);
  t.dispose();
});

test('bad input', () => {
  expect(() => thresholdMean({ low: Number.NaN })).toThrow('thresholdMean: low must be a number, got NaN.');
  expect(() => classWeightedMean([1, Number.NaN], Int32Array.of(0))).toThrow(
    'weights[1] must be a finite number',
  );
  expect(() => classWeightedMean([1], Int32Array.of(0, 1))).toThrow(
    'anchorLabels[1] must be from 0 to 0, got 1.',
  );
});
