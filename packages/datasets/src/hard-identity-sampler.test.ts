import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { hardIdentitySampler } from './index.ts';

// People 0 to 9; those of one five are alike, the nearest numbers most.
const labels = Array.from({ length: 30 }, (_, i) => Math.floor(i / 3));
const neighbors = new Map(
  Array.from({ length: 10 }, (_, label) => [
    label,
    Array.from({ length: 5 }, (_unused, i) => Math.floor(label / 5) * 5 + i)
      .filter((other) => other !== label)
      .sort((a, b) => Math.abs(a - label) - Math.abs(b - label)),
  ]),
);
const people = (batch: Int32Array) => [...new Set([...batch].map((index) => labels[index]!))];

test('people who are alike meet, and everybody appears once an epoch', () => {
  const sampler = hardIdentitySampler({
    labels,
    people: 5,
    imagesPerPerson: 2,
    random: createRandom(1),
    neighbors,
  });
  for (let epoch = 0; epoch < 10; epoch++) {
    const batches = [people(sampler.next()), people(sampler.next())];
    for (const batch of batches) {
      expect(batch).toHaveLength(5);
      expect(new Set(batch.map((label) => Math.floor(label / 5))).size).toBe(1);
    }
    expect(new Set(batches.flat()).size).toBe(10);
  }
});

test('the last batch is filled with neighbours; unknown labels and missing lists do no harm', () => {
  const some = new Map([[0, [99, 0, 1, 2]]]);
  const sampler = hardIdentitySampler({
    labels,
    people: 4,
    imagesPerPerson: 2,
    random: createRandom(2),
    neighbors: some,
  });
  expect(sampler.batchesPerEpoch).toBe(3);
  for (let epoch = 0; epoch < 10; epoch++) {
    const batches = [0, 1, 2].map(() => people(sampler.next()));
    for (const batch of batches) expect(batch).toHaveLength(4);
    expect(new Set(batches.flat()).size).toBe(10);
  }
});

const make = () => hardIdentitySampler({ labels, people: 5, imagesPerPerson: 2, random: createRandom(3) });

test('new neighbours hold from the next epoch on, and a restored sampler goes on the same', () => {
  const sampler = make();
  sampler.next();
  sampler.setNeighbors(neighbors);
  const saved = sampler.state();
  sampler.next();
  expect(new Set(people(sampler.next()).map((label) => Math.floor(label / 5))).size).toBe(1);
  const other = make();
  other.restore(saved);
  other.setNeighbors(neighbors);
  const again = make();
  again.restore(saved);
  expect(other.next()).toEqual(again.next());
});
