import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expOfNonPositive } from './exp-of-non-positive.ts';

test('agrees with Math.exp to 1e-10', () => {
  fc.assert(
    fc.property(fc.double({ min: -100, max: 0, noNaN: true }), (x) => {
      expect(Math.abs(expOfNonPositive(x) / Math.exp(x) - 1)).toBeLessThan(1e-10);
    }),
  );
});

test('0 is 1, what is below float32 is 0, NaN stays NaN', () => {
  expect(expOfNonPositive(0)).toBe(1);
  expect(Math.fround(expOfNonPositive(-104))).toBe(0);
  expect(expOfNonPositive(-1e30)).toBe(0);
  expect(expOfNonPositive(Number.NEGATIVE_INFINITY)).toBe(0);
  expect(expOfNonPositive(Number.NaN)).toBeNaN();
});
