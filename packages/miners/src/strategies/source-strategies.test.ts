import type { MinedTriplets, MinerBatch } from '@ft/miner-api';
import { createBatch } from '@ft/miner-test-kit';
import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hard, randomHard, semiHard } from '../index.ts';

const context = (seed = 1) => ({
  random: createRandom(seed),
  step: 0,
  epoch: 0,
  signal: new AbortController().signal,
});

const rows = ({ anchors, positives, negatives }: MinedTriplets) =>
  Array.from(anchors, (a, i) => [a, positives[i]!, negatives[i]!]);

interface Case {
  a: number;
  p: number;
  losses: { n: number; loss: number }[];
}

/** Every matching ordered pair with the loss of every negative, by nested loops over the definition. */
function everyPair(
  { distances, anchorLabels, candidateLabels, selfIndex }: MinerBatch,
  margin: number,
): Case[] {
  const cases: Case[] = [];
  const d = (a: number, c: number) => distances.data[a * distances.candidates + c]!;
  for (let a = 0; a < distances.anchors; a++) {
    for (let p = 0; p < distances.candidates; p++) {
      if (p === selfIndex[a] || anchorLabels[a] !== candidateLabels[p]) continue;
      const losses = [];
      for (let n = 0; n < distances.candidates; n++) {
        if (candidateLabels[n] !== anchorLabels[a]) losses.push({ n, loss: d(a, p) - d(a, n) + margin });
      }
      cases.push({ a, p, losses });
    }
  }
  return cases;
}

const hardestOf = (losses: Case['losses']) =>
  losses.reduce((best, other) => (other.loss > best.loss ? other : best), { n: -1, loss: -Infinity });

/** Points of a coarse grid, so that equal distances are common, or anywhere. */
const anyBatch = fc
  .record({
    items: fc.array(
      fc.record({
        label: fc.nat(3),
        point: fc.oneof(
          fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 3, maxLength: 3 }),
          fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        ),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ items }) => {
    const batch = createBatch({
      embeddings: items.map((item) => item.point),
      labels: items.map((item) => item.label),
    });
    // Multiples of 2^-12, so that sums do not round two different losses to one.
    batch.distances.data.forEach((d, i, data) => (data[i] = Math.round(d * 4096) / 4096));
    return batch;
  });
const margins = fc.constantFrom(0.05, 0.2, 1);

test('hard takes the largest positive loss of every pair, the lowest index of equal ones', () => {
  fc.assert(
    fc.property(anyBatch, margins, (batch, margin) => {
      const cases = everyPair(batch, margin);
      const expected = cases
        .map(({ a, p, losses }) => ({ a, p, ...hardestOf(losses) }))
        .filter(({ loss }) => loss > 0)
        .map(({ a, p, n }) => [a, p, n]);
      const mined = hard({ margin }).mine(batch, context());
      expect(rows(mined)).toEqual(expected);
      const skipped = Object.values(mined.statistics.skipped).reduce((x, y) => x + y, 0);
      expect(mined.statistics.considered).toBe(cases.length);
      expect(skipped).toBe(cases.length - expected.length);
    }),
  );
});

test('semi-hard stays strictly inside the band, whichever the choice', () => {
  fc.assert(
    fc.property(anyBatch, margins, fc.constantFrom(undefined, 0.1, 0.5), (batch, margin, band) => {
      const cases = everyPair(batch, margin).map(({ a, p, losses }) => ({
        a,
        p,
        inBand: losses.filter(({ loss }) => loss > 0 && loss < (band ?? margin)),
      }));
      const options = { margin, ...(band !== undefined && { band }) };
      const all = semiHard({ ...options, choice: 'all' }).mine(batch, context());
      expect(rows(all)).toEqual(cases.flatMap(({ a, p, inBand }) => inBand.map(({ n }) => [a, p, n])));
      const found = cases.filter(({ inBand }) => inBand.length > 0);
      const hardest = semiHard({ ...options, choice: 'hardest' }).mine(batch, context());
      expect(rows(hardest)).toEqual(found.map(({ a, p, inBand }) => [a, p, hardestOf(inBand).n]));
      const drawn = rows(semiHard(options).mine(batch, context()));
      expect(drawn.map(([a, p]) => [a, p])).toEqual(found.map(({ a, p }) => [a, p]));
      drawn.forEach(([, , n], i) => expect(found[i]!.inBand.map((item) => item.n)).toContain(n));
    }),
  );
});

test('random-hard draws one negative above the floor for every pair that has one', () => {
  fc.assert(
    fc.property(anyBatch, margins, fc.constantFrom(0, 0.1, -0.5), (batch, margin, floor) => {
      const found = everyPair(batch, margin)
        .map(({ a, p, losses }) => ({ a, p, above: losses.filter(({ loss }) => loss > floor) }))
        .filter(({ above }) => above.length > 0);
      const drawn = rows(randomHard({ margin, floor }).mine(batch, context()));
      expect(drawn.map(([a, p]) => [a, p])).toEqual(found.map(({ a, p }) => [a, p]));
      drawn.forEach(([, , n], i) => expect(found[i]!.above.map((item) => item.n)).toContain(n));
    }),
  );
});

/** Anchor 0 and positive 1 are one point; five negatives at small angles all violate a margin of 1. */
const fan = createBatch({
  embeddings: [[1, 0], [1, 0], ...[0.1, 0.2, 0.3, 0.4, 0.5].map((t) => [Math.cos(t), Math.sin(t)])],
  labels: [0, 0, 1, 2, 3, 4, 5],
});

test.each([
  ['random-hard', randomHard({ margin: 1 })],
  ['semi-hard', semiHard({ margin: 1 })],
])('%s draws uniformly (chi-square, 4 degrees of freedom, p > 0.001)', (_, miner) => {
  const { random, ...rest } = context(3);
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 5000; i++) {
    for (const n of miner.mine(fan, { random, ...rest }).negatives) counts[n - 2]! += 1;
  }
  expect(counts.reduce((sum, count) => sum + (count - 2000) ** 2 / 2000, 0)).toBeLessThan(18.5);
});

test('the three measures give the same triplets on the unit sphere', () => {
  const random = createRandom(4);
  const source = {
    embeddings: Array.from({ length: 24 }, () => [random.normal(), random.normal(), random.normal()]),
    labels: Array.from({ length: 24 }, (_, i) => i % 6),
  };
  for (const miner of [hard(), semiHard({ choice: 'all' }), semiHard(), randomHard()]) {
    const [squared, euclidean, cosine] = (['squared-euclidean', 'euclidean', 'cosine'] as const).map(
      (measure) => rows(miner.mine(createBatch({ ...source, measure }), context())),
    );
    expect(squared!.length).toBeGreaterThan(0);
    expect(euclidean).toEqual(squared);
    expect(cosine).toEqual(squared);
  }
});

test('distances of embeddings of any length are refused, but cosine ignores length', () => {
  const source = {
    embeddings: [
      [2, 0],
      [0, 3],
      [1, 1],
    ],
    labels: [0, 0, 1],
    normalize: false,
  } as const;
  for (const miner of [hard(), semiHard(), randomHard()]) {
    expect(() => miner.mine(createBatch(source), context())).toThrow(
      `miner "${miner.name}": batch.distances.normalized must be true, got false. L2-normalise the embeddings`,
    );
    expect(() => miner.mine(createBatch({ ...source, measure: 'cosine' }), context())).not.toThrow();
  }
});

test('a positive beyond maxPositiveDistance is neither considered nor mined', () => {
  const batch = createBatch({
    embeddings: [
      [1, 0],
      [1, 0.1],
      [0, 1],
      [1, 0.2],
    ],
    labels: [0, 0, 0, 1],
  });
  const mined = hard({ maxPositiveDistance: 0.5 }).mine(batch, context());
  expect(rows(mined)).toEqual([
    [0, 1, 3],
    [1, 0, 3],
  ]);
  expect(mined.statistics.considered).toBe(2);
});
