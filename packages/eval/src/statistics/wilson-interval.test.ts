import { expect, test } from 'vitest';
import { wilsonInterval } from '../index.ts';

test('solves its definition: the bounds are where the share is 1.96 standard errors away', () => {
  for (const [successes, trials] of [
    [1, 10],
    [5, 10],
    [5910, 6000],
    [3, 4],
  ] as const) {
    const { low, high } = wilsonInterval(successes, trials);
    for (const bound of [low, high]) {
      const error = Math.sqrt((bound * (1 - bound)) / trials);
      expect(Math.abs(successes / trials - bound) / error).toBeCloseTo(1.959963984540054, 9);
    }
    expect(low).toBeLessThan(successes / trials);
    expect(high).toBeGreaterThan(successes / trials);
  }
});

test('stays within 0 and 1 and keeps some doubt', () => {
  expect(wilsonInterval(0, 20)).toMatchObject({ low: 0, level: 0.95 });
  expect(wilsonInterval(0, 20).high).toBeCloseTo(0.1611, 4);
  expect(wilsonInterval(20, 20).high).toBe(1);
  expect(wilsonInterval(20, 20).low).toBeCloseTo(0.8389, 4);
});

test('refuses counts that are none', () => {
  expect(() => wilsonInterval(1, 0)).toThrow('trials must be an integer from 1, got 0');
  expect(() => wilsonInterval(3, 2)).toThrow('successes must be from 0 to 2, got 3');
  expect(() => wilsonInterval(Number.NaN, 2)).toThrow('successes must be from 0 to 2, got NaN');
});
