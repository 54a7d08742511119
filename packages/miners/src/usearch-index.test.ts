import { createRandom } from '@ft/random';
import { expect, test, vi } from 'vitest';
import { exactIndex, usearchIndex } from './index.ts';

const random = createRandom(1);
const [count, dimension, k] = [1500, 12, 10];
const items = Float32Array.from({ length: count * dimension }, () => random.normal());

test.each(['euclidean', 'squared-euclidean', 'cosine'] as const)(
  'finds at least 95 %% of the true neighbours, with their distances (%s)',
  async (measure) => {
    const queries = items.subarray(0, 200 * dimension);
    const index = await usearchIndex({ dimension, measure });
    await index.add(items.subarray(0, 500 * dimension));
    await index.add(items.subarray(500 * dimension));
    expect(index.size()).toBe(count);
    const exact = exactIndex({ dimension, measure });
    await exact.add(items);
    const [found, truth] = [await index.search(queries, k), await exact.search(queries, k)];
    let hits = 0;
    for (let query = 0; query < 200; query++) {
      const row = (list: Int32Array | Float32Array) => [...list.subarray(query * k, (query + 1) * k)];
      const expected = new Map(row(truth.items).map((item, i) => [item, row(truth.distances)[i]!]));
      row(found.items).forEach((item, i) => {
        if (!expected.has(item)) return;
        hits += 1;
        expect(Math.abs(row(found.distances)[i]! - expected.get(item)!)).toBeLessThan(5e-3);
      });
    }
    expect(hits / (200 * k)).toBeGreaterThanOrEqual(0.95);
  },
);

test('fewer items than asked for, one query, no query, and a closed index', async () => {
  const index = await usearchIndex({ dimension: 1 });
  expect([...(await index.search(Float32Array.of(1), 2)).items]).toEqual([-1, -1]);
  await index.add(Float32Array.of(5, 2));
  expect(await index.search(Float32Array.of(1), 3)).toEqual({
    queries: 1,
    k: 3,
    items: Int32Array.of(1, 0, -1),
    distances: Float32Array.of(1, 4, Infinity),
  });
  expect([...(await index.search(Float32Array.of(1, 6), 3)).items]).toEqual([1, 0, -1, 0, 1, -1]);
  expect((await index.search(new Float32Array(), 3)).queries).toBe(0);
  await index.close();
  expect(index.size()).toBe(0);
  expect([...(await index.search(Float32Array.of(1), 1)).items]).toEqual([-1]);
});

test('bad input is refused', async () => {
  await expect(usearchIndex({ dimension: 0 })).rejects.toThrow('dimension must be an integer of at least 1');
  await expect(usearchIndex({ dimension: 2, threads: -1 })).rejects.toThrow(
    'threads must be an integer of at',
  );
  const index = await usearchIndex({ dimension: 2 });
  await expect(index.add(Float32Array.of(1))).rejects.toThrow(
    'embeddings must be a Float32Array of whole rows',
  );
  await expect(index.add(Float32Array.of(1, NaN))).rejects.toThrow(
    'embeddings, row 0 must be finite, got NaN',
  );
});

test('without the package, an error says what to do', async () => {
  vi.doMock('usearch', () => {
    throw new Error('Cannot find package');
  });
  await expect(usearchIndex({ dimension: 2 })).rejects.toMatchObject({
    code: 'FT_INDEX_UNAVAILABLE',
    message: expect.stringContaining('Install it, or use exactIndex.'),
  });
  vi.doUnmock('usearch');
});
