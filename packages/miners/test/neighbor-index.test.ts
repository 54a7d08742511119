import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import type { DistanceMeasure } from '@ft/miner-api';
import { createRandom } from '@ft/random';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  exactIndex,
  pgvectorIndex,
  qdrantIndex,
  usearchIndex,
  type NeighborIndex,
  type PostgresQuery,
} from '../src/index.ts';
import { fakeQdrant } from './fake-qdrant.ts';

let database: PGlite;
let qdrant: Awaited<ReturnType<typeof fakeQdrant>>;
beforeAll(async () => {
  qdrant = await fakeQdrant();
  database = await PGlite.create({ extensions: { vector } });
}, 180_000);
afterAll(async () => {
  await qdrant.close();
  await database.close();
});
const query: PostgresQuery = (sql, parameters) => database.query(sql, parameters);

interface Kind {
  readonly name: string;
  /** The share of the true neighbours that it promises; with 1, ties go to the lowest item too. */
  readonly recall: number;
  readonly create: (options: { dimension: number; measure?: DistanceMeasure }) => Promise<NeighborIndex>;
}

const kinds: Kind[] = [
  { name: 'exactIndex', recall: 1, create: async (options) => exactIndex(options) },
  { name: 'usearchIndex', recall: 0.95, create: usearchIndex },
  { name: 'pgvectorIndex', recall: 1, create: (options) => pgvectorIndex({ ...options, query }) },
  {
    name: 'pgvectorIndex, approximate',
    recall: 0.95,
    create: (options) => pgvectorIndex({ ...options, query, approximate: true }),
  },
  { name: 'qdrantIndex', recall: 1, create: (options) => qdrantIndex({ ...options, url: qdrant.url }) },
];

const random = createRandom(1);
const [count, dimension, k] = [700, 12, 10];
const rows = Array.from({ length: count }, () => Float32Array.from({ length: dimension }, random.normal));
const flat = (list: Float32Array[]) => Float32Array.from(list.flatMap((row) => [...row]));

function distance(a: Float32Array, b: Float32Array, measure: DistanceMeasure): number {
  let [dot, a2, b2, squared] = [0, 0, 0, 0];
  a.forEach((x, i) => {
    dot += x * b[i]!;
    a2 += x * x;
    b2 += b[i]! * b[i]!;
    squared += (x - b[i]!) ** 2;
  });
  if (measure === 'cosine') return 1 - dot / (Math.sqrt(a2 * b2) || 1);
  return measure === 'euclidean' ? Math.sqrt(squared) : squared;
}

function nearest(sought: Float32Array, items: Float32Array[], measure: DistanceMeasure) {
  return items
    .map((row, item) => ({ item, distance: distance(sought, row, measure) }))
    .sort((x, y) => x.distance - y.distance || x.item - y.item)
    .slice(0, k);
}

describe.each(kinds)('$name', ({ create, recall }) => {
  test.each(['euclidean', 'squared-euclidean', 'cosine'] as const)(
    'finds the nearest with their distances, nearest first, also of items added later (%s)',
    async (measure) => {
      const index = await create({ dimension, measure });
      const queries = rows.slice(0, 60);
      let hits = 0;
      for (const [from, to] of [
        [0, 300],
        [300, count],
      ] as const) {
        await index.add(flat(rows.slice(from, to)));
        expect(index.size()).toBe(to);
        const found = await index.search(flat(queries), k);
        expect(found).toMatchObject({ queries: 60, k });
        queries.forEach((sought, row) => {
          const expected = nearest(sought, rows.slice(0, to), measure);
          const items = [...found.items.subarray(row * k, (row + 1) * k)];
          const distances = [...found.distances.subarray(row * k, (row + 1) * k)];
          expect(new Set(items).size).toBe(k);
          expect(distances).toEqual([...distances].sort((x, y) => x - y));
          items.forEach((item, i) => {
            expect(Math.abs(distances[i]! - distance(sought, rows[item]!, measure))).toBeLessThan(5e-3);
          });
          hits += expected.filter(({ item }) => items.includes(item)).length;
        });
      }
      expect(hits / (2 * 60 * k)).toBeGreaterThanOrEqual(recall);
      await index.close();
    },
  );

  test('orders duplicates by number', async () => {
    const index = await create({ dimension: 2 });
    await index.add(Float32Array.of(3, 4, 0, 0, 3, 4, 3, 4));
    const found = await index.search(Float32Array.of(3, 4), 4);
    const order = [...found.items];
    expect(recall === 1 ? order : order.sort()).toEqual(recall === 1 ? [0, 2, 3, 1] : [0, 1, 2, 3]);
    expect([...found.distances]).toEqual([0, 0, 0, 5]);
    await index.close();
  });

  test('bears being empty, few items, no query, and keeps none of its input', async () => {
    const index = await create({ dimension: 1 });
    expect(index).toMatchObject({ dimension: 1, measure: 'euclidean' });
    expect([...(await index.search(Float32Array.of(1), 2)).items]).toEqual([-1, -1]);
    await index.add(new Float32Array());
    expect(index.size()).toBe(0);
    const items = Float32Array.of(5, 2);
    await index.add(items);
    items.fill(9);
    expect(await index.search(Float32Array.of(1), 3)).toEqual({
      queries: 1,
      k: 3,
      items: Int32Array.of(1, 0, -1),
      distances: Float32Array.of(1, 4, Infinity),
    });
    expect(await index.search(new Float32Array(), 3)).toMatchObject({ queries: 0, items: new Int32Array() });
    await index.close();
  });

  test('is refreshed by clear and add; numbers begin at 0 again', async () => {
    const index = await create({ dimension: 1 });
    await index.add(Float32Array.of(1, 2, 3));
    await index.clear();
    expect(index.size()).toBe(0);
    expect([...(await index.search(Float32Array.of(1), 1)).items]).toEqual([-1]);
    await index.add(Float32Array.of(7, 1));
    expect([...(await index.search(Float32Array.of(1), 2)).items]).toEqual([1, 0]);
    await index.close();
  });

  test('refuses bad input in the same words and stays as it was', async () => {
    await expect(create({ dimension: 0 })).rejects.toThrow('dimension must be an integer of at least 1');
    const index = await create({ dimension: 2 });
    await index.add(Float32Array.of(1, 2));
    await expect(index.add(new Float32Array(3))).rejects.toThrow(
      'embeddings must be a Float32Array of whole rows of 2',
    );
    await expect(index.add(Float32Array.of(1, 2, 3, NaN))).rejects.toThrow(
      'embeddings, row 1 must be finite, got NaN',
    );
    await expect(index.search(new Float32Array(5), 1)).rejects.toThrow(
      'queries must be a Float32Array of whole rows of 2',
    );
    await expect(index.search(new Float32Array(2), 0)).rejects.toThrow('k must be an integer of at least 1');
    expect(index.size()).toBe(1);
    await index.close();
  });
});

test.each(kinds.filter(({ recall }) => recall === 1))(
  '$name takes an embedding of zeros to stand at a right angle to all',
  async ({ create }) => {
    const index = await create({ dimension: 2, measure: 'cosine' });
    await index.add(Float32Array.of(-1, 0, 0, 0, 5, 0));
    const found = await index.search(Float32Array.of(1, 0, 0, 0), 3);
    expect([...found.items]).toEqual([2, 1, 0, 0, 1, 2]);
    expect([...found.distances]).toEqual([0, 1, 2, 1, 1, 1]);
    await index.close();
  },
);

describe('pgvectorIndex', () => {
  test('weighs as many candidates as are asked for, and leaves the settings of the connection alone', async () => {
    const index = await pgvectorIndex({ dimension: 1, query, approximate: true, expansionSearch: 1 });
    await index.add(Float32Array.from({ length: 600 }, (_, i) => i));
    const { items } = await index.search(Float32Array.of(0), 500);
    expect(items.filter((item) => item >= 0).length).toBeGreaterThan(450);
    expect((await query('SHOW hnsw.ef_search', [])).rows).toEqual([{ 'hnsw.ef_search': '40' }]);
    await index.close();
  });

  test('refuses a table that exists, and drops its own at the end', async () => {
    const index = await pgvectorIndex({ dimension: 1, query, table: 'ft_mine' });
    await expect(pgvectorIndex({ dimension: 1, query, table: 'ft_mine' })).rejects.toMatchObject({
      code: 'FT_INDEX_FAILED',
      message:
        'pgvectorIndex: the database failed to create the table "ft_mine": relation "ft_mine" already exists.',
    });
    await index.close();
    const left = await query("SELECT relname FROM pg_class WHERE relname LIKE 'ft%'", []);
    expect(left.rows).toEqual([]);
    await expect(pgvectorIndex({ dimension: 1, query, table: 'a"; DROP' })).rejects.toMatchObject({
      code: 'FT_INVALID_ARGUMENT',
    });
    await expect(pgvectorIndex({ dimension: 1, query, expansionSearch: 1001 })).rejects.toThrow(
      'expansionSearch must be an integer from 1 to 1000',
    );
    await expect(pgvectorIndex({ dimension: 20_000, query })).rejects.toMatchObject({
      code: 'FT_INDEX_FAILED',
    });
  });

  test('without a query it runs PGlite, and says what to do where that is missing', async () => {
    const close = vi.fn<() => Promise<void>>(async () => {});
    vi.doMock('@electric-sql/pglite', () => ({ PGlite: { create: async () => ({ query, close }) } }));
    const index = await pgvectorIndex({ dimension: 1 });
    await index.add(Float32Array.of(4, 8));
    expect([...(await index.search(Float32Array.of(9), 1)).items]).toEqual([1]);
    await index.close();
    expect(close).toHaveBeenCalledOnce();
    vi.doMock('@electric-sql/pglite', () => {
      throw new Error('Cannot find package');
    });
    await expect(pgvectorIndex({ dimension: 2 })).rejects.toMatchObject({
      code: 'FT_INDEX_UNAVAILABLE',
      message: expect.stringContaining('Install both, or hand over the query of a server.'),
    });
    vi.doUnmock('@electric-sql/pglite');
  });
});

describe('qdrantIndex', () => {
  test('sends its key, refuses a collection that exists, and deletes its own at the end', async () => {
    const locked = await fakeQdrant({ apiKey: 'secret' });
    const options = { dimension: 2, url: `${locked.url}/`, collection: 'mine', apiKey: 'secret' };
    const index = await qdrantIndex(options);
    await expect(qdrantIndex(options)).rejects.toMatchObject({
      code: 'FT_INDEX_FAILED',
      message: expect.stringMatching(/was refused with 409: Wrong input: Collection `mine` already exists!$/),
    });
    for (const apiKey of ['wrong-key', undefined]) {
      const { apiKey: _, ...rest } = options;
      const refused = qdrantIndex({ ...rest, ...(apiKey && { apiKey }) });
      await expect(refused).rejects.toThrow(/refused with 401: Must provide an API key/);
      await expect(refused).rejects.not.toThrow(/wrong-key/);
    }
    await index.close();
    expect(locked.collections.size).toBe(0);
    await locked.close();
  });

  test('names what the server says when the collection has gone', async () => {
    const index = await qdrantIndex({ dimension: 2, url: qdrant.url });
    qdrant.collections.clear();
    await expect(index.add(Float32Array.of(1, 2))).rejects.toThrow(/refused with 404: Not found: Collection/);
    expect(index.size()).toBe(0);
  });

  test('says so when nobody answers, in time or at all', async () => {
    await expect(qdrantIndex({ dimension: 2, url: 'http://127.0.0.1:9' })).rejects.toMatchObject({
      code: 'FT_INDEX_UNAVAILABLE',
      message: expect.stringContaining('Check that the server runs and the address is right.'),
    });
    await expect(qdrantIndex({ dimension: 2, url: 'localhost:6333' })).rejects.toThrow(
      'url must be an http or https address, got "localhost:6333"',
    );
    await expect(qdrantIndex({ dimension: 2, url: qdrant.url, collection: '../x' })).rejects.toMatchObject({
      code: 'FT_INVALID_ARGUMENT',
    });
  });
});
