import type { MinerBatch } from '@ft/miner-api';
import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { effectiveRank, meanCosineDistance, meanDistance } from './embedding-spread.ts';

const random = createRandom(3);
const normal = (count: number, dimension: number) =>
  Float32Array.from({ length: count * dimension }, () => random.normal());

test('the mean distance is that of different images of the batch, not of the memory', () => {
  // Two images, and one past one.
  const data = Float32Array.of(0.5, 2, 9, 4, 0.5, 9);
  const batch = { distances: { data, anchors: 2, candidates: 3 } } as MinerBatch;
  expect(meanDistance(batch)).toBe(3);
});

test('the mean cosine distance agrees with nested loops', () => {
  const [count, dimension] = [7, 5];
  const rows = normal(count, dimension);
  const dot = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < dimension; k++) sum += rows[i * dimension + k]! * rows[j * dimension + k]!;
    return sum;
  };
  let sum = 0;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) if (i !== j) sum += 1 - dot(i, j) / Math.sqrt(dot(i, i) * dot(j, j));
  }
  expect(meanCosineDistance(rows, count)).toBeCloseTo(sum / (count * (count - 1)), 5);
  expect(meanCosineDistance(new Float32Array(12).fill(3), 4)).toBeCloseTo(0);
});

test('the effective rank is the number of directions that are filled alike', () => {
  for (const directions of [1, 2, 5]) {
    // Points at + and - each of some axes, far from the origin.
    const [count, dimension] = [2 * directions, 8];
    const rows = new Float32Array(count * dimension).fill(10);
    for (let i = 0; i < count; i++) rows[i * dimension + (i >> 1)]! += i % 2 === 0 ? 1 : -1;
    expect(effectiveRank(rows, count)).toBeCloseTo(directions, 4);
  }
  expect(effectiveRank(new Float32Array(12).fill(3), 4)).toBe(0);
  expect(effectiveRank(normal(500, 4), 500)).toBeGreaterThan(3.8);
});

test('rows or columns, the effective rank is the same; it does not change with scale or place', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 1, max: 9 }), (count, dimension) => {
      const rows = normal(count, dimension);
      // The same points with coordinates that are always 0 make the other of the two matrices the smaller one.
      const wide = new Float32Array(count * 12);
      for (let i = 0; i < count; i++) {
        wide.set(rows.subarray(i * dimension, (i + 1) * dimension), i * 12);
      }
      const rank = effectiveRank(rows, count);
      expect(effectiveRank(wide, count)).toBeCloseTo(rank, 4);
      expect(
        effectiveRank(
          rows.map((value) => 3 * value + 1),
          count,
        ),
      ).toBeCloseTo(rank, 3);
      expect(rank).toBeLessThanOrEqual(Math.min(dimension, count - 1) + 1e-6);
      expect(rank).toBeGreaterThanOrEqual(1 - 1e-6);
    }),
  );
});
