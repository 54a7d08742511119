import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pairDistances } from '../index.ts';

const dimension = 3;
const coordinate = fc.float({ min: -10, max: 10, noNaN: true });
const rows = fc.array(fc.tuple(coordinate, coordinate, coordinate), { minLength: 1, maxLength: 6 });

test('equals the definition for every pair', () => {
  fc.assert(
    fc.property(rows, (vectors) => {
      const pairs = vectors.flatMap((_, a) => vectors.map((__, b) => [a, b] as const));
      const a = Int32Array.from(pairs, ([row]) => row);
      const b = Int32Array.from(pairs, ([, row]) => row);
      const data = Float32Array.from(vectors.flat());
      const squared = pairDistances(data, dimension, a, b, 'squared-euclidean');
      const plain = pairDistances(data, dimension, a, b, 'euclidean');
      for (const [pair, [i, j]] of pairs.entries()) {
        let sum = 0;
        for (let k = 0; k < dimension; k++) sum += (vectors[i]![k]! - vectors[j]![k]!) ** 2;
        expect(squared[pair]).toBeCloseTo(sum, 10);
        expect(plain[pair]).toBeCloseTo(Math.sqrt(sum), 10);
      }
    }),
  );
});

test('cosine is 0 for parallel, 1 for orthogonal and 2 for opposite vectors, whatever their length', () => {
  const data = Float32Array.of(0.1, 0.7, 3, 7, 0, 0, -2, 0, 0, 0, 4, 0);
  const cosine = (a: number, b: number) =>
    pairDistances(data, 3, Int32Array.of(a), Int32Array.of(b), 'cosine')[0];
  expect(cosine(0, 0)).toBeCloseTo(0, 12);
  expect(cosine(0, 0)).toBeGreaterThanOrEqual(0);
  expect(cosine(1, 3)).toBe(1);
  expect(cosine(1, 2)).toBe(2);
});

test('sums in double precision', () => {
  const data = new Float32Array(2 * 4096).fill(0, 0, 4096).fill(0.1, 4096);
  const [distance] = pairDistances(data, 4096, Int32Array.of(0), Int32Array.of(1), 'squared-euclidean');
  expect(distance).toBeCloseTo(4096 * Math.fround(0.1) ** 2, 10);
});

test.each([
  [[1, 2, 3], 2, [0], [0], 'euclidean', 'embeddings must be whole rows of 2 numbers'],
  [[1, 2], 0, [0], [0], 'euclidean', 'dimension must be an integer from 1, got 0'],
  [[1, NaN], 2, [0], [0], 'euclidean', 'embeddings must be finite, got "NaN in row 0"'],
  [[1, 2], 2, [0, 0], [0], 'euclidean', 'b must be of the length of a, 2'],
  [[1, 2], 2, [0], [1], 'euclidean', 'b must be rows from 0 to 0, got 1'],
  [[1, 2], 2, [-1], [0], 'euclidean', 'a must be rows from 0 to 0, got -1'],
  [[0, 0], 2, [0], [0], 'cosine', 'a row of zeros, 0 or 0'],
  [[1, 2], 2, [0], [0], 'manhattan', "measure must be 'euclidean', 'squared-euclidean' or 'cosine'"],
])('refuses %o of dimension %o, a %o, b %o, %s', (data, size, a, b, measure, message) => {
  const call = () =>
    pairDistances(
      Float32Array.from(data),
      size,
      Int32Array.from(a),
      Int32Array.from(b),
      measure as 'euclidean',
    );
  expect(call).toThrow(message);
});
