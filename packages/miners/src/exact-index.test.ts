import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { confusableIdentities, exactIndex } from './index.ts';

const coordinate = fc.integer({ min: -3, max: 3 });
const rows = (max: number) => fc.array(fc.tuple(coordinate, coordinate), { maxLength: max });
const distance = (a: number[], b: number[], measure: string) => {
  if (measure === 'cosine') {
    const lengths = Math.hypot(...a) * Math.hypot(...b) || 1;
    return 1 - (a[0]! * b[0]! + a[1]! * b[1]!) / lengths;
  }
  const squared = (a[0]! - b[0]!) ** 2 + (a[1]! - b[1]!) ** 2;
  return measure === 'euclidean' ? Math.sqrt(squared) : squared;
};

test('finds the k nearest, of equal distances the lowest item', async () => {
  const measures = fc.constantFrom('euclidean', 'squared-euclidean', 'cosine');
  await fc.assert(
    fc.asyncProperty(
      rows(12),
      rows(6),
      fc.integer({ min: 1, max: 5 }),
      measures,
      async (items, queries, k, measure) => {
        const index = exactIndex({ dimension: 2, measure });
        await index.add(Float32Array.from(items.slice(0, 5).flat()));
        await index.add(Float32Array.from(items.slice(5).flat()));
        expect(index.size()).toBe(items.length);
        const found = await index.search(Float32Array.from(queries.flat()), k);
        queries.forEach((query, q) => {
          const expected = items
            .map((item, i) => ({ i, d: distance(query, item, measure) }))
            .sort((x, y) => x.d - y.d || x.i - y.i)
            .slice(0, k);
          const got = Array.from({ length: k }, (_, j) => ({
            i: found.items[q * k + j]!,
            d: found.distances[q * k + j]!,
          }));
          expected.forEach(({ d }, j) => expect(got[j]!.d).toBeCloseTo(d, 5));
          // Cosines of equal directions may differ in the last bit, so only the others have a settled order.
          const settled = measure !== 'cosine';
          const order = (list: { i: number }[]) => (settled ? list.map(({ i: item }) => item) : []);
          expect(order(got.slice(0, expected.length))).toEqual(order(expected));
          expect(got.slice(expected.length).every(({ i, d }) => i === -1 && d === Infinity)).toBe(true);
        });
      },
    ),
  );
});

test('blocks do not show: more items and queries than a block holds', async () => {
  const random = createRandom(1);
  const items = Float32Array.from({ length: 4500 * 3 }, () => random.normal());
  const index = exactIndex({ dimension: 3 });
  await index.add(items);
  const { items: found, distances } = await index.search(items.subarray(0, 600 * 3), 1);
  expect([...found]).toEqual(Array.from({ length: 600 }, (_, i) => i));
  expect(Math.max(...distances)).toBeLessThan(2e-3);
  const last = await index.search(items.slice(-3), 1);
  expect([...last.items]).toEqual([4499]);
});

test('takes an engine for the dot products', async () => {
  let calls = 0;
  const index = exactIndex({
    dimension: 1,
    dotProducts: (a, b) => {
      calls += 1;
      return Float32Array.from(
        { length: a.count * b.count },
        (_, i) => a.data[Math.floor(i / b.count)]! * b.data[i % b.count]!,
      );
    },
  });
  await index.add(Float32Array.of(5, 2, 9));
  expect([...(await index.search(Float32Array.of(8), 2)).items]).toEqual([2, 0]);
  expect(calls).toBe(1);
});

const line = async (points: number[], labels: number[], k: number) => {
  const index = exactIndex({ dimension: 1 });
  await index.add(Float32Array.from(points));
  return confusableIdentities(await index.search(Float32Array.from(points), k), Int32Array.from(labels));
};

test('confusable identities come nearest first', async () => {
  const confusable = await line([0, 1, 1.5, 4, 4.2, 9], [7, 7, 8, 9, 8, 5], 6);
  expect([...confusable]).toEqual([
    [7, [8, 9, 5]],
    [8, [9, 7, 5]],
    [9, [8, 7, 5]],
    [5, [8, 9, 7]],
  ]);
  expect(() =>
    confusableIdentities(
      { queries: 1, k: 1, items: Int32Array.of(0), distances: Float32Array.of(0) },
      Int32Array.of(1, 2),
    ),
  ).toThrow('confusableIdentities: neighbors must be of 2 queries, one for each label, got 1.');
});
