import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pkSampler } from './index.ts';

const imageCounts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 20 });
const labelsOf = (counts: readonly number[]) =>
  counts.flatMap((count, label) => new Array(count).fill(label));

test('every batch has P distinct people with K images each, as distinct as can be', () => {
  fc.assert(
    fc.property(imageCounts, fc.integer({ min: 2, max: 5 }), fc.nat(1000), (counts, k, seed) => {
      const labels = labelsOf(counts);
      const usable = counts.filter((count) => count >= 2).length;
      fc.pre(usable > 0);
      const p = 1 + (seed % usable);
      const sampler = pkSampler({ labels, people: p, imagesPerPerson: k, random: createRandom(seed) });
      for (let b = 0; b < sampler.batchesPerEpoch; b++) {
        const batch = [...sampler.next()];
        const groups = Array.from({ length: p }, (_, i) => batch.slice(i * k, (i + 1) * k));
        const people = groups.map((group) => new Set(group.map((index) => labels[index])));
        expect(people.every((set) => set.size === 1)).toBe(true);
        expect(new Set(people.map((set) => [...set][0])).size).toBe(p);
        for (const group of groups) {
          const owned = counts[labels[group[0]!]]!;
          const uses = new Map(group.map((index) => [index, 0]));
          for (const index of group) uses.set(index, uses.get(index)! + 1);
          expect(uses.size).toBe(Math.min(k, owned));
          expect(Math.max(...uses.values())).toBe(Math.ceil(k / owned));
        }
      }
    }),
  );
});

test('an epoch shows everybody with two images before it shows anybody again', () => {
  fc.assert(
    fc.property(imageCounts, fc.nat(1000), (counts, seed) => {
      const labels = labelsOf(counts);
      const usable = counts.flatMap((count, label) => (count >= 2 ? [label] : []));
      fc.pre(usable.length > 0);
      const p = 1 + (seed % usable.length);
      const sampler = pkSampler({ labels, people: p, imagesPerPerson: 2, random: createRandom(seed) });
      expect(sampler.batchesPerEpoch).toBe(Math.ceil(usable.length / p));
      for (let epoch = 0; epoch < 3; epoch++) {
        const shown: number[] = [];
        for (let b = 0; b < sampler.batchesPerEpoch; b++) {
          const batch = sampler.next();
          for (let i = 0; i < p; i++) shown.push(labels[batch[i * 2]!]);
        }
        expect(shown.slice(0, usable.length).sort((a, b) => a - b)).toEqual(usable);
      }
    }),
  );
});

function make(seed: number): ReturnType<typeof pkSampler> {
  const labels = labelsOf([3, 1, 5, 2, 9, 2, 4]);
  return pkSampler({ labels, people: 4, imagesPerPerson: 3, random: createRandom(seed) });
}

test('a restored sampler draws the same batches, wherever it stood', () => {
  fc.assert(
    fc.property(fc.nat(25), fc.nat(1000), (skip, seed) => {
      const sampler = make(seed);
      for (let i = 0; i < skip; i++) sampler.next();
      const saved = JSON.parse(JSON.stringify(sampler.state()));
      const expected = Array.from({ length: 6 }, () => [...sampler.next()]);
      const other = make(seed + 1);
      other.next();
      other.restore(saved);
      expect(other.state()).toEqual(saved);
      expect(Array.from({ length: 6 }, () => [...other.next()])).toEqual(expected);
    }),
  );
});

test('a cap limits how many images of a person are ever used', () => {
  const labels = labelsOf([100, 3]);
  const sampler = pkSampler({
    labels,
    people: 2,
    imagesPerPerson: 4,
    maxImagesPerIdentity: 5,
    random: createRandom(1),
  });
  const used = new Set<number>();
  for (let i = 0; i < 200; i++) for (const index of sampler.next()) used.add(index);
  expect([...used].sort((a, b) => a - b)).toEqual([0, 20, 40, 60, 80, 100, 101, 102]);
});

test('all images of a person come up in the long run, equally often', () => {
  const labels = labelsOf([6, 6]);
  const sampler = pkSampler({ labels, people: 2, imagesPerPerson: 2, random: createRandom(5) });
  const uses = new Array<number>(12).fill(0);
  for (let i = 0; i < 3000; i++) for (const index of sampler.next()) uses[index]! += 1;
  for (const count of uses) expect(Math.abs(count - 1000)).toBeLessThan(120);
});

test.each([
  [{ people: 0 }, 'people must be an integer from 1, got 0'],
  [{ people: 3 }, 'people must be at most 2, the number of people with two or more images, got 3'],
  [{ imagesPerPerson: 1 }, 'imagesPerPerson must be an integer from 2, got 1. A positive pair needs'],
  [{ maxImagesPerIdentity: 1 }, 'maxImagesPerIdentity must be an integer from 2, got 1'],
])('%o is refused', (change, message) => {
  const options = { labels: [0, 0, 1, 1, 2], people: 2, imagesPerPerson: 2, random: createRandom(1) };
  expect(() => pkSampler({ ...options, ...change })).toThrow(message);
});

test('a state of another sampler is refused', () => {
  const sampler = pkSampler({ labels: [0, 0, 1, 1], people: 2, imagesPerPerson: 2, random: createRandom(1) });
  expect(() => sampler.restore({ epoch: 0, batch: 7, random: [1, 2, 3, 4] })).toThrow(
    'BatchSampler.restore: state',
  );
});
