import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { euclidean, matrixOf, mean, nonZeroMean, relu, sum } from '../test/oracles.ts';
import { contrastiveLoss, type ContrastiveLossOptions } from './contrastive-loss.ts';
import { pairwiseDistances } from './pairwise-distances.ts';
import { relationFromLabels } from './relation-from-labels.ts';

const reductions = { mean, sum, 'non-zero-mean': nonZeroMean };
const x = randomMatrix(6, 3, 1, 0.5);
const labels = Int32Array.of(7, 2, 7, 2, 2, 9);

function oracle(
  d: number[][],
  same: (i: number, j: number) => boolean | null,
  o: ContrastiveLossOptions,
): number {
  const cost = (excess: number) => (o.form === 'linear' ? relu(excess) : relu(excess) ** 2);
  const positive: number[] = [];
  const negative: number[] = [];
  d.forEach((row, i) =>
    row.forEach((value, j) => {
      const s = same(i, j);
      if (s === true) positive.push(cost(value - (o.positiveMargin ?? 0)));
      if (s === false) negative.push(cost((o.margin ?? 1) - value));
    }),
  );
  const reduce = reductions[(o.reduction ?? 'mean') as 'mean'];
  return o.sides === 'apart' ? reduce(positive) + reduce(negative) : reduce([...positive, ...negative]);
}

const cases: ContrastiveLossOptions[] = [
  {},
  { form: 'linear', margin: 0.8, positiveMargin: 0.3 },
  { form: 'linear', sides: 'apart', reduction: 'non-zero-mean' },
  { sides: 'apart', margin: 1.4, reduction: 'sum' },
  { reduction: 'non-zero-mean', positiveMargin: 0.5 },
];

test.each(cases)('a relation: values and gradients agree with loops: %o', (options) => {
  expectLoss(
    (t) => tf.tidy(() => contrastiveLoss(pairwiseDistances(t), relationFromLabels(labels), options)),
    (e) => oracle(matrixOf(euclidean, e), (i, j) => (i === j ? null : labels[i] === labels[j]), options),
    x,
  );
  const reference = randomMatrix(4, 3, 2);
  const referenceLabels = Int32Array.of(2, 7, 1, 9);
  expectLoss(
    (t) =>
      tf.tidy(() =>
        contrastiveLoss(
          pairwiseDistances(t, tf.tensor2d(reference)),
          relationFromLabels(labels, referenceLabels),
          options,
        ),
      ),
    (e) => oracle(matrixOf(euclidean, e, reference), (i, j) => labels[i] === referenceLabels[j], options),
    x,
  );
});

test.each(cases)('a list of pairs: the same numbers as the relation of these pairs: %o', (options) => {
  const pairs = {
    anchors: Int32Array.of(0, 1, 4, 5),
    candidates: Int32Array.of(2, 3, 0, 1),
    same: Uint8Array.of(1, 1, 0, 0),
  };
  const listed = (i: number, j: number) => {
    const k = pairs.anchors.findIndex((a, n) => a === i && pairs.candidates[n] === j);
    return k < 0 ? null : pairs.same[k] === 1;
  };
  expectLoss(
    (t) => tf.tidy(() => contrastiveLoss(pairwiseDistances(t), pairs, options)),
    (e) => oracle(matrixOf(euclidean, e), listed, options),
    x,
  );
});

test('one positive and one negative pair alone have their loss', () => {
  const pairs = { anchors: Int32Array.of(0, 0), candidates: Int32Array.of(1, 2), same: Uint8Array.of(1, 0) };
  const value = tf.tidy(
    () => contrastiveLoss(tf.tensor2d([[0, 0.5, 0.25]]), pairs, { reduction: 'sum' }).dataSync()[0],
  );
  expect(value).toBe(0.25 + 0.5625);
});

test('nothing selected, one class, all distinct, one row', () => {
  const none = { anchors: new Int32Array(), candidates: new Int32Array(), same: new Uint8Array() };
  expectLoss(
    (t) => contrastiveLoss(t, none),
    () => 0,
    x,
  );
  expectLoss(
    (t) => contrastiveLoss(t, new Uint8Array(18)),
    () => 0,
    x,
  );
  for (const all of [Int32Array.of(1, 1, 1, 1, 1, 1), Int32Array.of(1, 2, 3, 4, 5, 6)]) {
    expectLoss(
      (t) =>
        tf.tidy(() => contrastiveLoss(pairwiseDistances(t), relationFromLabels(all), { sides: 'apart' })),
      (e) =>
        oracle(matrixOf(euclidean, e), (i, j) => (i === j ? null : all[i] === all[j]), { sides: 'apart' }),
      x,
    );
  }
  expectLoss(
    (t) => tf.tidy(() => contrastiveLoss(pairwiseDistances(t), relationFromLabels(Int32Array.of(3)))),
    () => 0,
    [[1, 2]],
  );
});

test.each<[unknown, ContrastiveLossOptions, string]>([
  [
    new Uint8Array(5),
    {},
    'selection must be a list of pairs, or a Uint8Array with one Relation value for each of the 9 cells',
  ],
  [new Uint8Array(9).fill(3), {}, 'selection[0] must be 0 (none), 1 (positive) or 2 (negative), got 3.'],
  [new Float32Array(9), {}, 'selection must be a list of pairs'],
  [
    { anchors: Int32Array.of(0), candidates: Int32Array.of(3), same: Uint8Array.of(1) },
    {},
    'candidates[0] must be a column of the matrix, 0 to 2, got 3.',
  ],
  [
    { anchors: Int32Array.of(0), candidates: Int32Array.of(1), same: Uint8Array.of() },
    {},
    'same must be as long as anchors, 1',
  ],
  [
    { anchors: Int32Array.of(0), positives: Int32Array.of(1), negatives: Int32Array.of(2) },
    {},
    'candidates must be an Int32Array, got undefined. pairsFromTriplets makes pairs of triplets.',
  ],
  [new Uint8Array(9), { margin: Number.POSITIVE_INFINITY }, 'margin must be a finite number, got Infinity.'],
  [new Uint8Array(9), { sides: 'both' as never }, 'sides must be "together" or "apart", got "both".'],
])('bad input is refused: %o', (selection, options, message) => {
  const d = tf.zeros<tf.Rank.R2>([3, 3]);
  expect(() => contrastiveLoss(d, selection as Uint8Array, options)).toThrow(`contrastiveLoss: ${message}`);
  d.dispose();
});
