import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { imageSampler, type ImageSamplerOptions } from './index.ts';

const labelsOf = (counts: readonly number[]) =>
  counts.flatMap((count, label) => new Array<number>(count).fill(label));

const least = (count: number, k: number, most: number) => {
  const used = Math.min(count, most);
  const groups = Math.min(Math.ceil(used / k), Math.floor(used / 2));
  return count < 2 ? 0 : Math.floor(Math.min(used, groups * k) / groups);
};

const cases = fc
  .record({
    counts: fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 3, maxLength: 30 }),
    k: fc.integer({ min: 2, max: 5 }),
    imagesPerEpoch: fc.integer({ min: 2, max: 9 }),
    p: fc.integer({ min: 1, max: 6 }),
    seed: fc.nat(1000),
  })
  .filter(
    ({ counts, k, imagesPerEpoch, p }) =>
      counts.filter((count) => count > 1).length >= p &&
      counts.reduce((sum, count) => sum + least(count, k, imagesPerEpoch), 0) >= p * k,
  )
  .map(({ seed, ...shape }) => {
    const { counts, k: imagesPerPerson, imagesPerEpoch, p: people } = shape;
    const labels = labelsOf(counts);
    const random = createRandom(seed);
    return {
      ...shape,
      labels,
      sampler: imageSampler({ labels, people, imagesPerPerson, imagesPerEpoch, random }),
    };
  });

test('a batch has P x K different images, at most K of a person, side by side', () => {
  fc.assert(
    fc.property(cases, ({ counts, k, p, labels, sampler }) => {
      for (let b = 0; b < 2 * sampler.batchesPerEpoch; b++) {
        const batch = [...sampler.next()];
        expect(new Set(batch).size).toBe(p * k);
        const people = batch.map((index) => labels[index]!);
        const changes = people.filter((person, i) => person !== people[i - 1]);
        expect(new Set(changes).size).toBe(changes.length);
        for (const person of changes) {
          expect(counts[person]).toBeGreaterThan(1);
          expect(people.filter((other) => other === person).length).toBeLessThanOrEqual(k);
        }
      }
    }),
  );
});

test('an epoch shows everybody with two images', () => {
  fc.assert(
    fc.property(cases, ({ counts, labels, sampler }) => {
      const usable = counts.flatMap((count, label) => (count > 1 ? [label] : []));
      expect(sampler.usablePeople).toBe(usable.length);
      for (let epoch = 0; epoch < 2; epoch++) {
        const shown = new Set<number>();
        for (let b = 0; b < sampler.batchesPerEpoch; b++) {
          for (const index of sampler.next()) shown.add(labels[index]!);
        }
        expect([...shown].sort((a, b) => a - b)).toEqual(usable);
      }
    }),
  );
});

/** 40 people with 2 images, 20 with 6 and one with 100. */
const uneven = labelsOf([...new Array<number>(40).fill(2), ...new Array<number>(20).fill(6), 100]);

test.each([
  [16, 216],
  [4, 164],
  [2, 122],
])('up to %i images of a person come once in an epoch, %i in all', (imagesPerEpoch, all) => {
  const options = { labels: uneven, people: 4, imagesPerPerson: 4, imagesPerEpoch, random: createRandom(1) };
  const sampler = imageSampler(options);
  expect(sampler.batchesPerEpoch).toBe(Math.ceil(all / 16));
  const uses = new Map<number, number>();
  for (let b = 0; b < sampler.batchesPerEpoch; b++) {
    for (const index of sampler.next()) uses.set(index, (uses.get(index) ?? 0) + 1);
  }
  // The last batch is filled up, and what is cut from a group waits for another epoch.
  expect(uses.size).toBeGreaterThan(all - 16);
  expect([...uses.values()].filter((count) => count > 1).length).toBeLessThan(16);
  const mostShown = [...uses.keys()].filter((index) => uneven[index] === 60).length;
  expect(mostShown).toBeLessThanOrEqual(imagesPerEpoch + 4);
});

test('the images of a person are shared out evenly, and hardly ever one by one', () => {
  const random = createRandom(2);
  const sampler = imageSampler({
    labels: uneven,
    people: 4,
    imagesPerPerson: 4,
    imagesPerEpoch: 16,
    random,
  });
  const sizes = new Map<number, number>();
  for (let b = 0; b < 10 * sampler.batchesPerEpoch; b++) {
    const people = Array.from(sampler.next(), (index) => uneven[index]!);
    for (const person of new Set(people)) {
      const size = people.filter((other) => other === person).length;
      sizes.set(size, (sizes.get(size) ?? 0) + 1);
    }
  }
  const groups = [...sizes.values()].reduce((sum, count) => sum + count, 0);
  // Per epoch 40 pairs, 40 threes of the 20 people with six, and 4 fours.
  expect(sizes.get(2)! / groups).toBeGreaterThan(0.4);
  expect(sizes.get(3)! / groups).toBeGreaterThan(0.3);
  expect((sizes.get(1) ?? 0) / groups).toBeLessThan(0.03);
});

const make = (seed: number) =>
  imageSampler({
    labels: uneven,
    people: 4,
    imagesPerPerson: 3,
    imagesPerEpoch: 9,
    random: createRandom(seed),
  });

test('a restored sampler draws the same batches, wherever it stood', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.nat(1000), (skip, seed) => {
      const sampler = make(seed);
      for (let i = 0; i < skip; i++) sampler.next();
      const saved = JSON.parse(JSON.stringify(sampler.state()));
      const expected = Array.from({ length: 20 }, () => [...sampler.next()]);
      const other = make(seed + 1);
      other.next();
      other.restore(saved);
      expect(other.state()).toEqual(saved);
      expect(Array.from({ length: 20 }, () => [...other.next()])).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

test.each<[Partial<ImageSamplerOptions>, string]>([
  [{ people: 0 }, 'people must be an integer from 1, got 0'],
  [{ people: 4 }, 'people must be at most 3, the number of people with two or more images, got 4'],
  [{ imagesPerPerson: 1 }, 'imagesPerPerson must be an integer from 2, got 1'],
  [{ imagesPerEpoch: 1 }, 'imagesPerEpoch must be an integer from 2, got 1'],
  [
    { people: 3, imagesPerPerson: 3 },
    'people x imagesPerPerson must be at most 6, the images that one group of each of 3 people has at least, got 9. Ask for fewer',
  ],
])('%o is refused', (change, message) => {
  const options = { labels: [0, 0, 1, 1, 2, 3, 3], people: 2, imagesPerPerson: 2, random: createRandom(1) };
  expect(() => imageSampler({ ...options, ...change })).toThrow(message);
});
