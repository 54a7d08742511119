import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { classBalancedSampler } from './index.ts';

const labels = [0, 0, 0, 0, 0, 1, 2, 2, 3, 4];

test('every person comes once an epoch, and in the long run every image of a person equally often', () => {
  const sampler = classBalancedSampler({ labels, batchSize: 2, random: createRandom(1) });
  expect([sampler.batchesPerEpoch, sampler.usablePeople]).toEqual([3, 5]);
  const uses = new Array<number>(10).fill(0);
  for (let epoch = 0; epoch < 1000; epoch++) {
    const shown = Array.from({ length: 3 }, () => [...sampler.next()]);
    for (const batch of shown) expect(new Set(batch.map((i) => labels[i])).size).toBe(2);
    expect(new Set(shown.flat().map((i) => labels[i])).size).toBe(5);
    for (const index of shown.flat()) uses[index]! += 1;
  }
  const mostSeen = uses.slice(0, 5);
  expect(Math.max(...mostSeen) - Math.min(...mostSeen)).toBeLessThan(90);
  expect(uses[5]).toBeGreaterThanOrEqual(1000);
});

test('a batch larger than the number of people is refused', () => {
  expect(() => classBalancedSampler({ labels, batchSize: 6, random: createRandom(1) })).toThrow(
    'batchSize must be at most 5, the number of people, got 6',
  );
});
