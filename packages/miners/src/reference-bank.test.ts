import { createBatch } from '@ft/miner-test-kit';
import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { batchAll, createMiner, minerNames, referenceBank, runMiner } from './index.ts';

const random = createRandom(1);
const rowsOf = (count: number) =>
  Array.from({ length: count }, () => {
    const row = [random.normal(), random.normal(), random.normal()];
    const length = Math.hypot(...row);
    return row.map((x) => Math.fround(x / length));
  });
const context = { random, step: 0, epoch: 0, signal: new AbortController().signal };
const normalized = true;

test('the bank keeps the newest, oldest first', () => {
  const bank = referenceBank({ capacity: 3, dimension: 1 });
  bank.add(Float32Array.of(1, 2), Int32Array.of(1, 2));
  bank.add(Float32Array.of(3, 4), Int32Array.of(3, 4));
  expect(bank.state()).toEqual({ embeddings: Float32Array.of(2, 3, 4), labels: Int32Array.of(2, 3, 4) });
  bank.add(Float32Array.of(5, 6, 7, 8), Int32Array.of(5, 6, 7, 8));
  expect([...bank.state().labels]).toEqual([6, 7, 8]);
  expect(bank.size()).toBe(3);
});

test.each(['squared-euclidean', 'euclidean', 'cosine'] as const)(
  'its batch is the batch with the bank as further candidates (%s)',
  (measure) => {
    const [old, now] = [rowsOf(5), rowsOf(4)];
    const bank = referenceBank({ capacity: 5, dimension: 3 });
    bank.add(Float32Array.from(old.flat()), Int32Array.of(0, 0, 1, 1, 2));
    const batch = bank.batch(Float32Array.from(now.flat()), Int32Array.of(0, 1, 2, 2), {
      measure,
      normalized,
    });
    const plain = createBatch({
      embeddings: now,
      labels: [0, 1, 2, 2],
      reference: { embeddings: [...now, ...old], labels: [0, 1, 2, 2, 0, 0, 1, 1, 2] },
      measure,
    });
    expect({ ...batch, distances: { ...batch.distances, data: [] } }).toEqual({
      ...plain,
      selfIndex: Int32Array.of(0, 1, 2, 3),
      distances: { ...plain.distances, data: [] },
      embeddings: expect.anything(),
    });
    batch.distances.data.forEach((d, i) =>
      expect(d).toBeCloseTo(plain.distances.data[i]!, measure === 'euclidean' ? 2 : 5),
    );
    expect([...batch.embeddings!.candidates]).toEqual([...now, ...old].flat());
  },
);

test('every miner mines it, and none pairs an item with itself', () => {
  const bank = referenceBank({ capacity: 12, dimension: 3 });
  bank.add(
    Float32Array.from(rowsOf(12).flat()),
    Int32Array.from({ length: 12 }, (_, i) => i % 4),
  );
  const rows = Float32Array.from(rowsOf(6).flat());
  const batch = bank.batch(rows, Int32Array.of(0, 0, 1, 1, 2, 9), { measure: 'euclidean', normalized });
  for (const name of minerNames()) runMiner(createMiner(name), batch, context);
  // Anchor 0 has three old positives and one new; 14 of the 18 are negatives.
  const { anchors } = batchAll().mine(batch, context);
  expect(anchors.filter((a) => a === 0)).toHaveLength(4 * 13);
});

test('a restored bank is the same', () => {
  const bank = referenceBank({ capacity: 4, dimension: 3 });
  bank.add(Float32Array.from(rowsOf(6).flat()), Int32Array.of(1, 2, 3, 4, 5, 6));
  const other = referenceBank({ capacity: 4, dimension: 3 });
  other.restore(bank.state());
  expect(other.state()).toEqual(bank.state());
});

test('bad input is refused', () => {
  expect(() => referenceBank({ capacity: 0, dimension: 3 })).toThrow(
    'capacity must be an integer of at least 1',
  );
  const bank = referenceBank({ capacity: 4, dimension: 3 });
  expect(() => bank.add(new Float32Array(5), Int32Array.of(1, 2))).toThrow(
    'referenceBank: embeddings must be a Float32Array of 6 (2 labels x 3), got a Float32Array of 5.',
  );
});
