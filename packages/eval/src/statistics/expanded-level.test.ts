import { expect, test } from 'vitest';
import { expandedLevel } from './expanded-level.ts';

test.each([
  // 2 * norm.cdf(t.ppf((1 + level) / 2, n - 1) * sqrt(n / (n - 1))) - 1 of SciPy.
  [0.95, 10, 0.982899],
  [0.95, 40, 0.959485],
  [0.99, 20, 0.996667],
  [0.95, 1e6, 0.95],
])('%d of %d units', (level, units, expected) => {
  expect(expandedLevel(level, units)).toBeCloseTo(expected, 4);
});

test('stays a level, however few units and however high it is', () => {
  for (const units of [2, 3, 5]) {
    for (const level of [0.01, 0.5, 0.999]) {
      expect(expandedLevel(level, units)).toBeGreaterThan(level);
      expect(expandedLevel(level, units)).toBeLessThanOrEqual(1);
    }
  }
});
