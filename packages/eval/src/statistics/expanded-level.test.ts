import { expect, test } from 'vitest';
import { coveredLevel, expandedLevel } from './expanded-level.ts';

test.each([
  // 2 * norm.cdf(t.ppf((1 + level) / 2, freedom) * sqrt(n / (n - 1))) - 1 of SciPy.
  [0.95, 10, 9, 0.982899],
  [0.95, 40, 39, 0.959485],
  [0.95, 80, 20, 0.964194],
  [0.99, 20, 19, 0.996667],
  [0.95, 1e6, 1e6, 0.95],
])('%d of %d units, %d degrees of freedom', (level, units, freedom, expected) => {
  expect(expandedLevel(level, units, freedom)).toBeCloseTo(expected, 4);
});

test('stays a level, however few units and however high it is', () => {
  for (const units of [2, 3, 5]) {
    for (const level of [0.01, 0.5, 0.999]) {
      expect(expandedLevel(level, units, units - 1)).toBeGreaterThan(level);
      expect(expandedLevel(level, units, units - 1)).toBeLessThanOrEqual(1);
    }
  }
});

test('is undone by its inverse', () => {
  for (const level of [0.1, 0.5, 0.95, 0.999]) {
    expect(coveredLevel(expandedLevel(level, 30, 12), 30, 12)).toBeCloseTo(level, 6);
  }
  expect(coveredLevel(-0.5, 30, 12)).toBe(0);
});
