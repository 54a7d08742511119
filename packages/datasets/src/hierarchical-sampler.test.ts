import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hierarchicalSampler } from './index.ts';

test('a batch takes equal shares of distinct people from distinct groups, and an epoch shows everybody', () => {
  const sizes = fc.array(fc.integer({ min: 2, max: 7 }), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 2 }), fc.nat(999), (groupSizes, groupsPerBatch, seed) => {
      const groupOf = groupSizes.flatMap((size, group) => new Array<number>(size).fill(group));
      const labels = groupOf.flatMap((_, label) => [label, label, label]);
      const groups = labels.map((label) => groupOf[label]!);
      const people = 2 * groupsPerBatch;
      const options = { labels, groups, groupsPerBatch, people, imagesPerPerson: 2 };
      const sampler = hierarchicalSampler({ ...options, random: createRandom(seed) });
      const seen = new Set<number>();
      for (let b = 0; b < sampler.batchesPerEpoch; b++) {
        const batch = sampler.next();
        const shown = Array.from({ length: people }, (_, p) => labels[batch[p * 2]!]!);
        expect(new Set(shown).size).toBe(people);
        const used = shown.map((label) => groupOf[label]!);
        expect(new Set(used).size).toBe(groupsPerBatch);
        for (const group of used) expect(used.filter((other) => other === group).length).toBe(2);
        for (const label of shown) seen.add(label);
      }
      expect(seen.size).toBe(groupOf.length);
      const other = hierarchicalSampler({ ...options, random: createRandom(seed + 1) });
      other.restore(sampler.state());
      expect(other.next()).toEqual(sampler.next());
    }),
  );
});

test.each([
  [{ groupsPerBatch: 3 }, 'groupsPerBatch must be a divisor of people (2), got 3'],
  [{ groups: [0, 1, 0, 0, 1, 1, 1, 1] }, 'groups must be one group for all images of label 0, got [0,1]'],
  [
    { groups: [0, 0, 1, 1, 1, 1, 1, 1] },
    'groups must be at least 2 people with two images in each group, got 1. Join group 0',
  ],
  [
    { groups: new Array(8).fill(0), groupsPerBatch: 2 },
    'groupsPerBatch must be at most 1, the number of groups, got 2',
  ],
])('%o is refused', (change, message) => {
  const options = {
    labels: [0, 0, 1, 1, 2, 2, 3, 3],
    groups: [0, 0, 0, 0, 1, 1, 1, 1],
    people: 2,
    imagesPerPerson: 2,
  };
  expect(() => hierarchicalSampler({ ...options, ...change, random: createRandom(1) })).toThrow(message);
});
