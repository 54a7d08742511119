import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { evaluateRetrieval, pairDistances } from '../index.ts';

function clouds(seed: number, count: number, coarse: number, classes = 6) {
  const random = createRandom(seed);
  const labels = Int32Array.from({ length: count }, () => random.int(classes));
  const embeddings = Float32Array.from(
    { length: count * 2 },
    (_, i) => Math.round((random.normal() + (labels[i >> 1]! % 3)) * coarse) / coarse,
  );
  return { labels, embeddings };
}

interface Ranked {
  distance: number;
  relevant: boolean;
}

/** The definitions on a sorted list, the relevant last among equals. */
function oracle(rankings: Ranked[][]) {
  const sums = { precisionAt1: 0, rPrecision: 0, mapAtR: 0, map: 0, mrr: 0, recall5: 0 };
  let counted = 0;
  for (const ranking of rankings) {
    ranking.sort((a, b) => a.distance - b.distance || Number(a.relevant) - Number(b.relevant));
    const size = ranking.filter(({ relevant }) => relevant).length;
    if (size === 0) continue;
    counted++;
    const precisionAt = (k: number) => ranking.slice(0, k).filter(({ relevant }) => relevant).length / k;
    const first = ranking.findIndex(({ relevant }) => relevant);
    sums.precisionAt1 += precisionAt(1);
    sums.rPrecision += precisionAt(size);
    sums.mrr += 1 / (first + 1);
    sums.recall5 += first < 5 ? 1 : 0;
    for (const [i, { relevant }] of ranking.entries()) {
      if (!relevant) continue;
      sums.map += precisionAt(i + 1) / size;
      if (i < size) sums.mapAtR += precisionAt(i + 1) / size;
    }
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / counted]));
}

test.each([
  [1, 30, 1, 'all others'],
  [2, 41, 1e6, 'all others'],
  [3, 30, 2, 'other references'],
])('equals the definitions: seed %i, %i queries, %d levels, looked up in %s', (seed, count, coarse, kind) => {
  const queries = clouds(seed, count, coarse);
  const apart = kind === 'other references';
  const references = apart ? clouds(seed + 100, 25, coarse, 4) : queries;
  const both = Float32Array.of(...queries.embeddings, ...references.embeddings);
  const rankings = Array.from(queries.labels, (label, query) => {
    const targets = Array.from(references.labels, (_, i) => i).filter((i) => apart || i !== query);
    const b = Int32Array.from(targets, (i) => count + i);
    const distances = pairDistances(
      both,
      2,
      b.map(() => query),
      b,
      'squared-euclidean',
    );
    return targets.map((i, k) => ({
      distance: Math.round(distances[k]! * 1e9),
      relevant: references.labels[i] === label,
    }));
  });
  const result = evaluateRetrieval({
    ...queries,
    dimension: 2,
    measure: 'squared-euclidean',
    ...(apart && { references }),
  });
  const { recall5, ...expected } = oracle(rankings);
  for (const [name, value] of Object.entries(expected)) {
    expect(result[name as 'map']).toBeCloseTo(value, 12);
  }
  expect(result.recall[0]!.share).toBe(result.precisionAt1);
  expect(result.recall[1]).toMatchObject({ k: 5, share: expect.closeTo(recall5!, 12) });
  const relevant = rankings.filter((ranking) => ranking.some((item) => item.relevant)).length;
  expect([result.queries, result.lone]).toEqual([relevant, count - relevant]);
});

test('a collapsed network gets no credit for the order of its data', () => {
  const labels = Int32Array.of(0, 0, 0, 1, 1, 1);
  const embeddings = new Float32Array(6).fill(1);
  const result = evaluateRetrieval({ embeddings, labels, dimension: 1, measure: 'euclidean' });
  expect(result).toMatchObject({ precisionAt1: 0, rPrecision: 0, mapAtR: 0, mrr: 1 / 4 });
  expect(result.map).toBeCloseTo((1 / 4 + 2 / 5) / 2, 12);
});

test('duplicates of one class are found, whichever comes first', () => {
  const labels = Int32Array.of(0, 1, 0, 1);
  const embeddings = Float32Array.of(1, 2, 1, 2);
  expect(evaluateRetrieval({ embeddings, labels, dimension: 1, measure: 'euclidean' })).toMatchObject({
    precisionAt1: 1,
    map: 1,
  });
});

test.each([
  [{ labels: Int32Array.of(1, 2, 3) }, 'labels must be such that some query has a reference of its class'],
  [{ labels: Int32Array.of(1) }, 'labels must be one for each of 3 embeddings'],
  [{ recallAt: [0] }, 'recallAt must be integers from 1, got 0'],
  [
    { references: { embeddings: Float32Array.of(1, 2), labels: Int32Array.of(1) } },
    'references.labels must be one for each of 2 embeddings',
  ],
])('refuses %o', (extra, message) => {
  const base = { embeddings: Float32Array.of(1, 2, 3), labels: Int32Array.of(1, 1, 2), dimension: 1 };
  expect(() => evaluateRetrieval({ ...base, measure: 'euclidean', ...extra })).toThrow(message);
});
