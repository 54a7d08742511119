import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { collectRows } from './collect-rows.ts';

/** Adds rows (a, a, n) with n below each count, one anchor a for each count. */
function collect(counts: number[], limits: Parameters<typeof collectRows>[0], random = createRandom(1)) {
  const { add, take } = collectRows(limits, 100_000, random);
  counts.forEach((count, a) => {
    for (let n = 0; n < count; n++) add(a, a, n);
  });
  const [anchors, , negatives] = take();
  return { anchors, negatives };
}

test('without limits everything is kept in order, past several growths', () => {
  const { anchors, negatives } = collect([100_000, 0, 3], {});
  expect([...anchors]).toEqual([...new Array(100_000).fill(0), 2, 2, 2]);
  expect([...negatives]).toEqual([...Array.from({ length: 100_000 }, (_, i) => i), 0, 1, 2]);
});

test('limits hold, without repeats, and leave smaller sets alone', () => {
  const { anchors, negatives } = collect([50, 2, 50], { maxPerAnchor: 3 });
  expect([...anchors]).toEqual([0, 0, 0, 1, 1, 2, 2, 2]);
  expect(new Set(negatives.slice(0, 3)).size).toBe(3);
  expect(collect([50, 2, 50], { maxPerAnchor: 3, max: 4 }).anchors).toHaveLength(4);
  expect([...collect([2, 1], { max: 4 }).anchors]).toEqual([0, 0, 1]);
});

test.each([
  ['max', { max: 3 }],
  ['maxPerAnchor', { maxPerAnchor: 3 }],
])('%s samples uniformly (chi-square, 9 degrees of freedom, p > 0.001)', (_, limits) => {
  const random = createRandom(2);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    for (const n of collect([10], limits, random).negatives) counts[n]! += 1;
  }
  expect(counts.reduce((sum, count) => sum + (count - 3000) ** 2 / 3000, 0)).toBeLessThan(27.9);
});
