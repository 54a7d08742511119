import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import {
  evaluateIdentification,
  evaluateSearch,
  pairDistances,
  splitGallery,
  type SearchInput,
} from '../index.ts';

const dimension = 3;

/** People around their own centres, on a grid, so that distances are often equal. */
function crowd(seed: number, people: number) {
  const random = createRandom(seed);
  const labels: number[] = [];
  const embeddings: number[] = [];
  for (let person = 0; person < people; person++) {
    const centre = Array.from({ length: dimension }, () => random.normal());
    for (let image = 1 + random.int(4); image > 0; image--) {
      labels.push(3 * person);
      for (const value of centre) embeddings.push(Math.round((value + 0.3 * random.normal()) * 8));
    }
  }
  const set = {
    labels: Int32Array.from(labels),
    embeddings: Float32Array.from(embeddings),
    dimension,
    measure: 'squared-euclidean' as const,
  };
  const split = splitGallery(set.labels, { random, people: Math.floor(people / 3), imagesPerPerson: 2 });
  return { ...set, split };
}

/** Sorts all distances, and leaves out the places that `hidden` says. */
function sorting(
  { embeddings, split }: ReturnType<typeof crowd>,
  hidden: (item: number) => boolean = () => false,
): SearchInput['index'] {
  const gallery = Array.from(split.gallery, (row) =>
    embeddings.subarray(row * dimension, (row + 1) * dimension),
  );
  return {
    async search(queries, k) {
      const items = new Int32Array((queries.length / dimension) * k).fill(-1);
      for (let query = 0; query < queries.length / dimension; query++) {
        const probe = queries.subarray(query * dimension, (query + 1) * dimension);
        const far = gallery.map((row) => row.reduce((sum, value, i) => sum + (value - probe[i]!) ** 2, 0));
        const order = far
          .map((_, item) => item)
          .filter((item) => !hidden(item))
          .sort((a, b) => far[a]! - far[b]!);
        items.set(order.slice(0, k), query * k);
      }
      return { items };
    },
  };
}

test.each([1, 2, 3])(
  'with every image as a candidate it is evaluateIdentification: seed %i',
  async (seed) => {
    const set = crowd(seed, 60);
    const index = sorting(set);
    const { recall, ...result } = await evaluateSearch({
      ...set,
      index,
      candidates: set.split.gallery.length,
    });
    expect(result).toEqual(evaluateIdentification(set));
    expect(recall).toEqual({
      probes: Math.min(100, set.split.known.length + set.split.unknown.length),
      found: recall.probes,
    });
  },
);

test('few candidates give the head of the list, and the same open set', async () => {
  const set = crowd(4, 60);
  const few = await evaluateSearch({ ...set, index: sorting(set), candidates: 12 });
  const all = evaluateIdentification(set);
  // Two images of each person: the nearest of twelve images hold six people at least.
  expect(few.cmc.slice(0, 6)).toEqual(all.cmc.slice(0, 6));
  expect(few.cmc).toHaveLength(12);
  expect(few.open).toEqual(all.open);
  expect(few.confusions).toEqual(all.confusions);
});

const hidden = (item: number) => item % 3 === 0;

test('people whom the search does not give are not found, and recall says how often', async () => {
  const set = crowd(5, 90);
  const { split, labels, embeddings } = set;
  const result = await evaluateSearch({ ...set, index: sorting(set, hidden), candidates: 8, checks: 1e6 });
  const shown = split.gallery.filter((_, item) => !hidden(item));
  const nearest = (probe: number, rows: Int32Array) =>
    Math.min(
      ...pairDistances(
        embeddings,
        dimension,
        rows.map(() => probe),
        rows,
        'squared-euclidean',
      ),
    );
  const probes = [...split.known, ...split.unknown];
  expect(result.recall).toEqual({
    probes: probes.length,
    found: probes.filter((probe) => nearest(probe, shown) === nearest(probe, split.gallery)).length,
  });
  expect(result.recall.found).toBeLessThan(probes.length);
  const found = [...split.known].filter((probe) => {
    const own = shown.filter((row) => labels[row] === labels[probe]);
    const others = shown.filter((row) => labels[row] !== labels[probe]);
    return own.length > 0 && nearest(probe, own) < nearest(probe, others);
  });
  expect(result.cmc[0]).toBe(found.length / split.known.length);
});

test('a search that finds nothing names nobody', async () => {
  const set = crowd(6, 30);
  const result = await evaluateSearch({ ...set, index: sorting(set, () => true) });
  expect(result.cmc.every((share) => share === 0)).toBe(true);
  expect(result.open[0]).toMatchObject({ achievedFpir: 0, dir: 0 });
  expect(result.recall.found).toBe(0);
  expect(result.confusions).toEqual([]);
});

const set = crowd(7, 12);
const giving = (items: number[]): SearchInput['index'] => ({ search: async () => ({ items }) });
test.each<[Partial<SearchInput>, string]>([
  [{ candidates: 0 }, 'candidates must be an integer from 1, got 0'],
  [{ checks: 0.5 }, 'checks must be an integer from 0, got 0.5'],
  [{ index: giving([0]) }, 'the items that index gives must be'],
  [{ index: giving(new Array<number>(1000).fill(99)) }, 'It must hold the embeddings of split.gallery'],
  [{ labels: Int32Array.of(1) }, 'labels must be one for each'],
  [{ embeddings: set.embeddings.map(() => Number.NaN) }, 'embeddings must be finite'],
])('refuses %o', async (wrong, message) => {
  await expect(evaluateSearch({ ...set, index: sorting(set), ...wrong })).rejects.toThrow(message);
});
