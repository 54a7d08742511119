import { expect, test } from 'vitest';
import { mcnemarTest } from '../index.ts';

const column = (value: number, count: number) => new Array<number>(count).fill(value);

/** `both` cases that tell nothing, then the discordant ones. */
function cases(onlyFirst: number, onlySecond: number, both = 7) {
  return [
    [...column(1, both), ...column(1, onlyFirst), ...column(0, onlySecond)],
    [...column(1, both), ...column(0, onlyFirst), ...column(1, onlySecond)],
  ] as const;
}

/** Probability of a split at least as uneven, by counting subsets with Pascal's triangle. */
function exactProbability(b: number, c: number): number {
  let row = [1];
  for (let n = 0; n < b + c; n++) row = [1, ...row.slice(1).map((value, k) => value + row[k]!), 1];
  const tail = row.slice(0, Math.min(b, c) + 1).reduce((sum, value) => sum + value, 0);
  return Math.min(1, (2 * tail) / 2 ** (b + c));
}

test('equals the counted probability', () => {
  for (const [b, c] of [
    [0, 0],
    [1, 0],
    [3, 3],
    [2, 9],
    [15, 4],
    [20, 25],
  ] as const) {
    const [first, second] = cases(b, c);
    const result = mcnemarTest(first, second);
    expect(result).toMatchObject({ onlyFirst: b, onlySecond: c });
    expect(result.pValue).toBeCloseTo(exactProbability(b, c), 12);
  }
});

test('stays right where single terms are too small for a number', () => {
  const [first, second] = cases(3000, 3000, 0);
  expect(mcnemarTest(first, second).pValue).toBe(1);
  const [more, fewer] = cases(3100, 2900, 0);
  // The normal approximation with continuity correction: z = 199 / sqrt(6000).
  expect(mcnemarTest(more, fewer).pValue).toBeCloseTo(0.0102, 3);
});

test('refuses lists of different length', () => {
  expect(() => mcnemarTest([1, 0], [1])).toThrow('second must be of the length of first, 2');
});
