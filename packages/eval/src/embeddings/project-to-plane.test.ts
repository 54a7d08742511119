import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { projectToPlane } from '../index.ts';

test('a flat cloud turned into space is laid flat again', () => {
  const random = createRandom(1);
  const plane = Array.from({ length: 200 }, () => [3 * random.normal(), random.normal()] as const);
  // Two perpendicular directions of length 1.
  const along = [0.6, 0, 0.8, 0];
  const across = [0, 1, 0, 0];
  const rows = plane.flatMap(([x, y]) => along.map((value, i) => 5 + x * value + y * across[i]!));
  const { points, variance } = projectToPlane(Float32Array.from(rows), 4);
  expect(variance[0] + variance[1]).toBeCloseTo(1, 6);
  expect(variance[0]).toBeGreaterThan(0.8);
  for (const [i, j] of [
    [0, 1],
    [2, 90],
    [17, 150],
  ] as const) {
    const apart = Math.hypot(points[i]![0] - points[j]![0], points[i]![1] - points[j]![1]);
    const expected = Math.hypot(plane[i]![0] - plane[j]![0], plane[i]![1] - plane[j]![1]);
    expect(apart).toBeCloseTo(expected, 5);
  }
  const covariance = points.reduce((sum, [x, y]) => sum + x * y, 0) / 200;
  expect(Math.abs(covariance)).toBeLessThan(1e-3);
});

test('equal embeddings are one point', () => {
  const { points, variance } = projectToPlane(new Float32Array(6).fill(2), 2);
  expect(points.map(([x, y]) => [x + 0, y + 0])).toEqual([
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  expect(variance).toEqual([0, 0]);
});

test('refuses one dimension and no rows', () => {
  expect(() => projectToPlane(Float32Array.of(1, 2), 1)).toThrow('at least one row of two numbers or more');
  expect(() => projectToPlane(new Float32Array(), 2)).toThrow('at least one row of two numbers or more');
});
