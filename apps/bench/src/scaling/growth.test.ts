import { expect, test } from 'vitest';
import { growthOf } from './growth.ts';

test('a power law has its power everywhere', () => {
  const { fitted, last } = growthOf([1, 3, 10, 90].map((size) => [size, 7 * size ** 1.5]));
  expect(fitted).toBeCloseTo(1.5, 12);
  expect(last).toBeCloseTo(1.5, 12);
});

test('a fixed cost bends the fit, and the largest sizes less', () => {
  const { fitted, last } = growthOf([10, 100, 1000].map((size) => [size, 5000 + size ** 2]));
  // By hand: the slope of three points at even distances is half of the last less the first, in powers of ten.
  expect(fitted).toBeCloseTo(Math.log10(1_005_000 / 5100) / 2, 12);
  expect(last).toBeCloseTo(Math.log10(1_005_000 / 15_000), 12);
});
