import { hardIdentitySampler, type BatchSampler } from '@ft/datasets';
import { createBatch } from '@ft/miner-test-kit';
import { createRandom } from '@ft/random';
import { describe, expect, test } from 'vitest';
import { describeMined, exactIndex, globalMining, runMiner, semiHard, type NeighborIndex } from './index.ts';

// 40 people in 8 families of 5 who look alike, 3 images each, in an order that says nothing; 6 strangers with
// a single image.
const [people, perPerson, dimension] = [40, 3, 16];
const random = createRandom(1);
const labels = random.shuffle([
  ...Array.from({ length: people * perPerson }, (_, i) => Math.floor(i / perPerson)),
  ...Array.from({ length: 6 }, (_, i) => 100 + i),
]);
const normal = (size: number) => Array.from({ length: dimension }, () => random.normal() * size);
const add = (a: number[], b: number[]) => a.map((x, i) => x + b[i]!);
const familyOf = (label: number) => label % 8;
const families = Array.from({ length: 8 }, () => normal(1));
const persons = new Map(labels.map((label) => [label, add(families[familyOf(label)]!, normal(0.25))]));
const rows = labels.map((label) => add(persons.get(label)!, normal(0.1)));
const embed = (images: Int32Array) => Float32Array.from([...images].flatMap((image) => rows[image]!));

const make = (options: { every?: number; from?: number; index?: NeighborIndex } = {}) =>
  globalMining({
    sampler: hardIdentitySampler({ labels, people: 5, imagesPerPerson: 2, random: createRandom(3) }),
    labels,
    index: exactIndex({ dimension }),
    every: 16,
    neighbors: 12,
    ...options,
  });

/** Trains for some steps as a loop does; gives the batches, and the steps before which there was a refresh. */
async function steps(sampler: ReturnType<typeof make>, count: number) {
  const batches: Int32Array[] = [];
  const refreshes: number[] = [];
  for (let step = 0; step < count; step++) {
    if (await sampler.refreshWhenDue(embed)) refreshes.push(step);
    batches.push(sampler.next());
  }
  return { batches, refreshes };
}

const familiesIn = (batch: Int32Array) => new Set([...batch].map((image) => familyOf(labels[image]!))).size;

/** How hard the nearest negatives are, on average over all anchors. */
function nearestNegative(batches: Int32Array[]): number {
  const distances = batches.map((images) => {
    const batch = createBatch({
      embeddings: [...images].map((image) => rows[image]!),
      labels: [...images].map((image) => labels[image]!),
      measure: 'squared-euclidean',
    });
    const context = { random: createRandom(1), step: 0, epoch: 0, signal: new AbortController().signal };
    const mined = runMiner(semiHard({ margin: 3, choice: 'hardest' }), batch, context);
    return describeMined(batch, mined).meanNegativeDistance;
  });
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
}

describe('globalMining', () => {
  test('brings people who look alike into one batch, where the miner finds harder negatives', async () => {
    const sampler = make();
    expect(sampler.images).toHaveLength(people * perPerson);
    const { batches, refreshes } = await steps(sampler, 24);
    expect(refreshes).toEqual([0, 16]);
    const alike = batches.filter((batch) => familiesIn(batch) === 1).length;
    expect(alike).toBeGreaterThanOrEqual(20);
    const { batches: randomBatches } = await steps(make({ from: 1000 }), 24);
    expect(randomBatches.filter((batch) => familiesIn(batch) === 1)).toEqual([]);
    expect(nearestNegative(batches)).toBeLessThan(nearestNegative(randomBatches) / 2);
  });

  test('waits for the first step allowed, and for the start of an epoch', async () => {
    expect((await steps(make({ from: 5, every: 3 }), 30)).refreshes).toEqual([8, 16, 24]);
    expect((await steps(make({ every: 17 }), 41)).refreshes).toEqual([0, 24]);
  });

  test.each([0, 3, 8, 13, 16, 21])(
    'goes on exactly as before from a state saved after step %i',
    async (at) => {
      const sampler: BatchSampler & ReturnType<typeof make> = make();
      await steps(sampler, at);
      const saved = JSON.parse(JSON.stringify(sampler.state())) as ReturnType<typeof sampler.state>;
      const expected = await steps(sampler, 30);
      const resumed = make();
      resumed.restore(saved);
      expect(await steps(resumed, 30)).toEqual(expected);
    },
  );

  test('embeds a share of the images of people who have many, and still finds others', async () => {
    const many = [...labels, ...Array.from({ length: 400 }, () => 7)];
    const sampler = globalMining({
      sampler: hardIdentitySampler({ labels: many, people: 5, imagesPerPerson: 2, random: createRandom(3) }),
      labels: many,
      index: exactIndex({ dimension }),
      every: 1,
      imagesPerIdentity: 10,
      confusable: 4,
    });
    expect([...sampler.images].filter((image) => many[image] === 7)).toHaveLength(10);
    await sampler.refreshWhenDue((images) =>
      Float32Array.from([...images].flatMap((image) => persons.get(many[image]!)!)),
    );
    const others = new Map(sampler.state().globalMining.confusable);
    expect(others.size).toBe(people);
    for (const [label, list] of others) {
      expect(list).toHaveLength(4);
      expect(list.every((other) => familyOf(other) === familyOf(label))).toBe(true);
    }
  });

  test('refuses bad input, and a refresh that fails changes nothing', async () => {
    expect(() => make({ every: 0 })).toThrow('globalMining: every must be an integer of at least 1, got 0.');
    expect(() => make({ from: -1 })).toThrow('from must be an integer of at least 0');
    const sampler = make();
    await expect(sampler.refreshWhenDue(() => new Float32Array(4))).rejects.toThrow(
      'what embed gives must be a Float32Array of 120 x 16',
    );
    await expect(sampler.refreshWhenDue(() => new Float32Array(120 * 16).fill(NaN))).rejects.toThrow(
      'finite',
    );
    expect(sampler.state().globalMining).toEqual({ step: 0, refreshed: null, confusable: [] });
    const { globalMining: _, ...state } = sampler.state();
    expect(() => sampler.restore(state as never)).toThrow('state.globalMining must be what state() gave');
  });
});
