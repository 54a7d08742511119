import { bestThreshold, thresholdCurve } from '@ft/eval';
import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { evenThreshold, pText } from './evaluate-model.ts';

/** Pairs of two normal classes of standard deviation 1, around 0 and 2: their even threshold is 1. */
function normalPairs(seed: number, count: number) {
  const random = createRandom(seed);
  const same = Array.from({ length: count }, (_, pair) => pair % 2);
  return { same, distances: same.map((isSame) => random.normal() + (isSame ? 0 : 2)) };
}

test('the even threshold lies between the classes and wanders less than that of highest accuracy', () => {
  const draws = Array.from({ length: 60 }, (_, seed) => normalPairs(seed, 200));
  const wander = (threshold: (pairs: (typeof draws)[number]) => number) =>
    Math.sqrt(draws.reduce((sum, pairs) => sum + (threshold(pairs) - 1) ** 2, 0) / draws.length);
  const even = wander(evenThreshold);
  expect(even).toBeLessThan(0.15);
  expect(even).toBeLessThan(0.6 * wander((pairs) => bestThreshold(thresholdCurve(pairs)).threshold));
});

test.each([
  ['all distances equal', [1, 1, 1, 1]],
  ['different pairs nearer', [3, 1, 4, 2]],
])('%s: the threshold of highest accuracy', (_, distances) => {
  const pairs = { distances, same: [1, 0, 1, 0] };
  expect(evenThreshold(pairs)).toBe(bestThreshold(thresholdCurve(pairs)).threshold);
});

test('a p-value that is below what a number holds is not called 0', () => {
  expect([0, 0.0007318, 1].map(pText)).toEqual(['p < 1e-300', 'p = 0.00073', 'p = 1.0']);
});
