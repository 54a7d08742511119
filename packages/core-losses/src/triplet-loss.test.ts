import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { euclidean, mean, nonZeroMean, relu, softplus, squared, sum } from '../test/oracles.ts';
import { pairwiseDistances } from './pairwise-distances.ts';
import { tripletLoss, type TripletLossOptions } from './triplet-loss.ts';

const triplets = {
  anchors: Int32Array.of(0, 0, 1, 4, 4, 4),
  positives: Int32Array.of(1, 2, 0, 3, 3, 5),
  negatives: Int32Array.of(3, 4, 5, 0, 0, 2),
};
const rows = Array.from(
  triplets.anchors,
  (a, i) => [a, triplets.positives[i]!, triplets.negatives[i]!] as const,
);
const x = randomMatrix(6, 4, 1).map((row) => row.map((v) => Math.fround(0.4 * v)));

const forms = { hinge: relu, softplus };
const reductions = { mean, sum, 'non-zero-mean': nonZeroMean };

test.each(
  (['hinge', 'softplus'] as const).flatMap((form) =>
    (['mean', 'sum', 'non-zero-mean'] as const).map((reduction) => ({ form, reduction })),
  ),
)('values and gradients agree with loops: %o', ({ form, reduction }) => {
  for (const [measure, oracle] of [
    ['euclidean', euclidean],
    ['squared-euclidean', squared],
  ] as const) {
    expectLoss(
      (t) =>
        tf.tidy(() =>
          tripletLoss(pairwiseDistances(t, undefined, { measure }), triplets, {
            margin: 0.3,
            form,
            reduction,
          }),
        ),
      (e) =>
        reductions[reduction](
          rows.map(([a, p, n]) => forms[form](oracle(e[a]!, e[p]!) - oracle(e[a]!, e[n]!) + 0.3)),
        ),
      x,
    );
  }
});

test('swap takes the nearer of anchor and positive, with a reference set too', () => {
  expectLoss(
    (t) =>
      tf.tidy(() => {
        const d = pairwiseDistances(t);
        return tripletLoss(d, triplets, { margin: 0.3, swap: d });
      }),
    (e) =>
      mean(
        rows.map(([a, p, n]) =>
          relu(euclidean(e[a]!, e[p]!) - Math.min(euclidean(e[a]!, e[n]!), euclidean(e[p]!, e[n]!)) + 0.3),
        ),
      ),
    x,
  );
  const anchors = randomMatrix(5, 4, 2);
  expectLoss(
    (t) =>
      tf.tidy(() =>
        tripletLoss(pairwiseDistances(tf.tensor2d(anchors), t), triplets, {
          margin: 0.3,
          swap: pairwiseDistances(t),
        }),
      ),
    (r) =>
      mean(
        rows.map(([a, p, n]) => {
          const near = Math.min(euclidean(anchors[a]!, r[n]!), euclidean(r[p]!, r[n]!));
          return relu(euclidean(anchors[a]!, r[p]!) - near + 0.3);
        }),
      ),
    x,
  );
});

test('an empty selection gives 0 with a zero gradient', () => {
  const none = { anchors: new Int32Array(), positives: new Int32Array(), negatives: new Int32Array() };
  expectLoss(
    (t) => tripletLoss(t, none),
    () => 0,
    x,
  );
});

test('collapsed embeddings: the loss is the margin and the gradient 0', () => {
  const same = Array.from({ length: 6 }, () => x[0]!);
  expectLoss(
    (t) => tf.tidy(() => tripletLoss(pairwiseDistances(t), triplets, { margin: 0.25 })),
    (e) => 0.25 + 0 * e.length,
    same,
  );
});

test('softplus of a large violation does not overflow', () => {
  const far = tf.tensor2d([[1e6, 0]]);
  const one = { anchors: Int32Array.of(0), positives: Int32Array.of(0), negatives: Int32Array.of(1) };
  // The margin of 0.2, in float32.
  expect(tf.tidy(() => tripletLoss(far, one, { form: 'softplus' }).dataSync()[0])).toBe(1e6 + 0.1875);
  far.dispose();
});

test.each<[string, TripletLossOptions, Partial<typeof triplets>, string]>([
  [
    'an index',
    {},
    { negatives: Int32Array.of(3, 4, 5, 0, 6, 2) },
    'negatives[4] must be a column of the matrix, 0 to 5, got 6.',
  ],
  [
    'an anchor',
    {},
    { anchors: Int32Array.of(-1, 0, 1, 4, 4, 4) },
    'anchors[0] must be a row of the matrix, 0 to 5, got -1.',
  ],
  [
    'a length',
    {},
    { positives: Int32Array.of(1) },
    'positives must be as long as anchors, 6, got a Int32Array of 1.',
  ],
  ['the margin', { margin: Number.NaN }, {}, 'margin must be a finite number, got NaN.'],
  ['the form', { form: 'soft' as never }, {}, 'form must be "hinge" or "softplus", got "soft".'],
  ['the reduction', { reduction: 'avg' as never }, {}, 'reduction must be "mean"'],
])('%s is refused', (_, options, wrong, message) => {
  const d = tf.zeros<tf.Rank.R2>([6, 6]);
  expect(() => tripletLoss(d, { ...triplets, ...wrong }, options)).toThrow(`tripletLoss: ${message}`);
  d.dispose();
});

const spoil = (cells: [number, number][]) => {
  const d = Array.from({ length: 6 }, () => new Array<number>(6).fill(1));
  for (const [i, j] of cells) d[i]![j] = Number.NaN;
  return tf.tensor2d(d);
};

test('a NaN is an error that names the row, or the column, unless the check is off', () => {
  const everyRow = Array.from({ length: 6 }, (_, i): [number, number] => [i, 2]);
  const wholeRow = Array.from({ length: 6 }, (_, j): [number, number] => [3, j]);
  tf.tidy(() => {
    expect(() => tripletLoss(spoil([[4, 1]]), triplets)).toThrow(
      'distances must be finite, got 1 NaN or infinite value, most in row 4.',
    );
    expect(() => tripletLoss(spoil(wholeRow), triplets)).toThrow('most in row 3.');
    expect(() => tripletLoss(spoil(everyRow), triplets)).toThrow('most in column 2.');
    expect(tripletLoss(spoil(everyRow), triplets, { checkFinite: false }).dataSync()[0]).toBeNaN();
  });
});
