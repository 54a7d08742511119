import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { pairDistances } from '../index.ts';
import { distanceRows } from './distance-rows.ts';
import { embeddingTable } from './embedding-table.ts';

test.each(['euclidean', 'squared-euclidean', 'cosine'] as const)(
  'equals pairDistances for every shape of block: %s',
  (measure) => {
    const random = createRandom(1);
    for (const [count, dimension] of [
      [1, 1],
      [2, 3],
      [5, 7],
      [9, 700],
      [37, 128],
    ] as const) {
      const embeddings = Float32Array.from({ length: count * dimension }, () => random.normal());
      const table = embeddingTable('test', { embeddings, dimension, measure });
      for (const [from, to, first] of [
        [0, count, 0],
        [count >> 1, count, 0],
        [0, 1, count - 1],
      ] as const) {
        const width = count - first;
        const out = new Float64Array((to - from) * width).fill(Number.NaN);
        distanceRows(table, from, to, table, first, out);
        const a = Int32Array.from(out, (_, i) => from + Math.floor(i / width));
        const b = Int32Array.from(out, (_, i) => first + (i % width));
        const expected = pairDistances(embeddings, dimension, a, b, measure);
        for (let i = 0; i < out.length; i++) {
          // The square root of a rounding error is large, but equal rows have none.
          expect(Math.abs(out[i]! - expected[i]!)).toBeLessThan(1e-12 * Math.max(1, dimension));
        }
      }
    }
  },
);

test('is exactly 0 between equal rows and exactly symmetric', () => {
  const random = createRandom(2);
  const row = Float32Array.from({ length: 33 }, () => random.normal());
  const other = row.map((value) => value * 1.5 + 0.1);
  const embeddings = Float32Array.of(...row, ...other, ...row, ...other, ...row);
  for (const measure of ['euclidean', 'squared-euclidean', 'cosine'] as const) {
    const table = embeddingTable('test', { embeddings, dimension: 33, measure });
    const out = new Float64Array(25);
    distanceRows(table, 0, 5, table, 0, out);
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 5; j++) {
        expect(out[i * 5 + j]).toBe(out[j * 5 + i]);
        expect(out[i * 5 + j] === 0).toBe(i % 2 === j % 2);
      }
    }
  }
});

test('refuses a row of zeros for the cosine and an unknown measure', () => {
  const embeddings = Float32Array.of(1, 0, 0, 0);
  expect(() => embeddingTable('here', { embeddings, dimension: 2, measure: 'cosine' })).toThrow(
    'here: embeddings must be of non-zero length in every row for the measure \'cosine\', got "zeros in row 1".',
  );
  expect(() => embeddingTable('here', { embeddings, dimension: 2, measure: 'dot' as never })).toThrow(
    'here: measure must be',
  );
});
