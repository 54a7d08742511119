import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectClose, expectLoss, randomMatrix } from '../test/expect-loss.ts';
import { cosine, euclidean, matrixOf, squared, sum } from '../test/oracles.ts';
import { pairwiseDistances } from './pairwise-distances.ts';

const measures = [
  ['euclidean', euclidean],
  ['squared-euclidean', squared],
  ['cosine', (a: readonly number[], b: readonly number[]) => 1 - cosine(a, b)],
] as const;

const distances = (x: number[][], y?: number[][], measure?: (typeof measures)[number][0]) =>
  tf.tidy(() =>
    pairwiseDistances(tf.tensor2d(x), y === undefined ? undefined : tf.tensor2d(y), {
      measure: measure ?? 'euclidean',
    }).arraySync(),
  );

const off = (m: number[][]) => m.map((row, i) => row.map((v, j) => (i === j ? 0 : v)));

describe.each(measures)('%s', (measure, oracle) => {
  test('values agree with nested loops, with and without a reference set', () => {
    const [x, y] = [randomMatrix(6, 5, 1), randomMatrix(4, 5, 2)];
    expectClose(distances(x, undefined, measure).flat(), matrixOf(oracle, x).flat(), 2e-7);
    expectClose(distances(x, y, measure).flat(), matrixOf(oracle, x, y).flat(), 2e-7);
  });

  test('the gradient of a weighted sum agrees with finite differences, for both sides', () => {
    const [x, y, weights] = [randomMatrix(5, 4, 3), randomMatrix(3, 4, 4), randomMatrix(5, 5, 5)];
    const w = (columns: number) => weights.map((row) => row.slice(0, columns));
    const weighted = (d: number[][]) => sum(d.flatMap((row, i) => row.map((v, j) => v * weights[i]![j]!)));
    expectLoss(
      (t) => tf.tidy(() => tf.sum(tf.mul(pairwiseDistances(t, undefined, { measure }), tf.tensor2d(w(5))))),
      (a) => weighted(off(matrixOf(oracle, a))),
      x,
    );
    expectLoss(
      (t) =>
        tf.tidy(() => tf.sum(tf.mul(pairwiseDistances(t, tf.tensor2d(y), { measure }), tf.tensor2d(w(3))))),
      (a) => weighted(matrixOf(oracle, a, y)),
      x,
    );
    expectLoss(
      (t) =>
        tf.tidy(() => tf.sum(tf.mul(pairwiseDistances(tf.tensor2d(x), t, { measure }), tf.tensor2d(w(3))))),
      (b) => weighted(matrixOf(oracle, x, b)),
      y,
    );
  });

  test('copies of a row are at distance exactly 0, with gradient 0, wherever they stand', () => {
    const [a, b] = randomMatrix(2, 70, 6) as [number[], number[]];
    const x = [a, b, a, a, b];
    const d = distances(x, undefined, measure);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) expect(d[i]![j] === 0).toBe(x[i] === x[j]);
    }
    const gradient = tf.tidy(() =>
      tf
        .grad((t) => tf.sum(pairwiseDistances(t as tf.Tensor2D, undefined, { measure })))(
          tf.tensor2d([a, a, a]),
        )
        .dataSync(),
    );
    expect([...gradient].every((g) => g === 0)).toBe(true);
  });

  test('any scale from 1e-12 to 1e+6', () => {
    for (const scale of [1e-12, 1e-3, 1e6]) {
      const x = randomMatrix(5, 8, 7, scale);
      expectClose(distances(x, undefined, measure).flat(), matrixOf(oracle, x).flat(), 1e-6);
    }
  });
});

test('close points far from the origin keep their digits', () => {
  const centre = randomMatrix(1, 64, 8)[0]!.map((v) => v + 5);
  const x = randomMatrix(12, 64, 9, 1e-3).map((row) => row.map((v, i) => Math.fround(v + centre[i]!)));
  // The squared lengths are near 1,700 and the squared distances near 1e-4: the plain expansion has no digit left.
  expectClose(distances(x).flat(), matrixOf(euclidean, x).flat(), 2e-2);
  const unit = randomMatrix(40, 128, 10).map((row) => row.map((v) => Math.fround(v / Math.sqrt(128))));
  const near = unit.map((row) => row.map((v, i) => Math.fround(v + (i === 0 ? 1e-3 : 0))));
  const diagonal = distances(unit, near).map((row, i) => row[i]!);
  expectClose(
    diagonal,
    unit.map((row, i) => euclidean(row, near[i]!)),
    1e-3,
  );
});

test('each distance is right to 1e-6 of itself, however close and of whatever scale its points are', () => {
  const centre = randomMatrix(1, 64, 12)[0]!;
  const x = [1e-6, 1e-4, 1e-2, 1, 1e3].flatMap((scale, i) =>
    randomMatrix(6, 64, 13 + i, scale).map((row) => row.map((v, k) => Math.fround(v + centre[k]!))),
  );
  const expected = matrixOf(euclidean, x);
  for (const y of [undefined, x.map((row) => [...row])]) {
    distances(x, y).forEach((row, i) => {
      row.forEach((d, j) =>
        expect(Math.abs(d - expected[i]![j]!)).toBeLessThanOrEqual(1e-6 * expected[i]![j]!),
      );
    });
  }
});

test('non-negative, symmetric, zero on the diagonal, for any input', () => {
  // Below 1e-15 the squares come near the smallest float32.
  const coordinate = fc
    .float({ noNaN: true, min: Math.fround(-1e6), max: Math.fround(1e6) })
    .filter((v) => v === 0 || Math.abs(v) > 1e-15);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 1, maxLength: 6 }),
      fc.constantFrom('euclidean', 'squared-euclidean', 'cosine'),
      (x, measure) => {
        const d = distances(x, undefined, measure as 'cosine');
        const power = measure === 'euclidean' ? 2 : 1;
        const size = measure === 'cosine' ? 1 : Math.max(...x.map((row) => squared(row, [0, 0, 0])));
        for (let i = 0; i < x.length; i++) {
          expect(d[i]![i] === 0).toBe(true);
          for (let j = 0; j < x.length; j++) {
            expect(d[i]![j]).toBeGreaterThanOrEqual(0);
            expect(Math.abs(d[i]![j]! ** power - d[j]![i]! ** power)).toBeLessThanOrEqual(
              1e-8 * size + 4e-7 * d[i]![j]! ** power,
            );
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('one row, and a NaN that is named', () => {
  expect(distances([[3, 4]])).toEqual([[0]]);
  const x = randomMatrix(4, 3, 11);
  x[2]![1] = Number.NaN;
  expect(() => distances(x)).toThrow(
    'pairwiseDistances: x must be finite, got 1 NaN or infinite value, most in row 2.',
  );
  expect(() => distances(randomMatrix(2, 3), [[1, 2]])).toThrow(
    'pairwiseDistances: y must be of the same dimension as x, 3, got a tensor of shape [1, 2].',
  );
  expect(() => distances([[1]], undefined, 'manhattan' as never)).toThrow('measure must be "euclidean"');
  expect(() => tf.tidy(() => pairwiseDistances(tf.zeros([3]) as never))).toThrow('rank 2');
});

test('finite numbers whose sum overflows are accepted', () => {
  expect(distances([[3e38], [3e38], [3e38]], undefined, 'cosine')[0]![0]).toBe(0);
});
