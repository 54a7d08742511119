import type { Mined, MinerBatch } from '@ft/miner-api';
import { createBatch } from '@ft/miner-test-kit';
import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  angular,
  batchAll,
  batchEasyHard,
  createMiner,
  distanceWeighted,
  hardAwareCascade,
  hardestCluster,
  nearestSemiHard,
  randomNegative,
  rankRange,
  uniformHistogram,
} from '../index.ts';

const context = (seed = 1) => ({
  random: createRandom(seed),
  step: 0,
  epoch: 0,
  signal: new AbortController().signal,
});
const rows = (mined: Mined) =>
  Array.from(mined.anchors, (a, i) =>
    mined.kind === 'triplets'
      ? [a, mined.positives[i]!, mined.negatives[i]!]
      : [a, mined.candidates[i]!, mined.same[i]!],
  );

/** A batch, with its distances as rows and its positives and negatives of every anchor, spelt out. */
function spell(batch: MinerBatch) {
  const { anchors, candidates, data } = batch.distances;
  const d = (a: number, c: number) => data[a * candidates + c]!;
  const all = [...new Array(candidates).keys()];
  return Array.from({ length: anchors }, (_, a) => ({
    a,
    d: (c: number) => d(a, c),
    positives: all.filter(
      (c) => c !== batch.selfIndex[a] && batch.anchorLabels[a] === batch.candidateLabels[c],
    ),
    negatives: all.filter((c) => batch.anchorLabels[a] !== batch.candidateLabels[c]),
  }));
}

/** Grid points or any points, own reference or another, distances in multiples of 2^-12. */
const point = fc.oneof(
  fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 3, maxLength: 3 }),
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
);
const items = fc.array(fc.record({ label: fc.nat(3), point }), { maxLength: 11 });
const split = (list: { label: number; point: number[] }[]) => ({
  embeddings: list.map((item) => item.point),
  labels: list.map((item) => item.label),
});
const anyBatch = fc.tuple(items, fc.option(items)).map(([own, reference]) => {
  const batch = createBatch({
    ...split(own),
    measure: 'euclidean',
    normalize: false,
    ...(reference && { reference: split(reference) }),
  });
  batch.distances.data.forEach((d, i, data) => (data[i] = Math.round(d * 4096) / 4096));
  return batch;
});

test('batch-all gives every triplet', () => {
  fc.assert(
    fc.property(anyBatch, (batch) => {
      const expected = spell(batch).flatMap(({ a, positives, negatives }) =>
        positives.flatMap((p) => negatives.map((n) => [a, p, n])),
      );
      expect(rows(batchAll().mine(batch, context()))).toEqual(expected);
    }),
  );
});

test('random draws one negative for every pair, uniformly (chi-square, 3 degrees of freedom, p > 0.001)', () => {
  const batch = createBatch({ embeddings: [[1], [2], [3], [4], [5], [6]], labels: [0, 0, 1, 1, 1, 1] });
  const { random, ...rest } = context(2);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 2000; i++) {
    const mined = randomNegative().mine(batch, { random, ...rest });
    expect(mined.anchors).toHaveLength(2 + 12);
    mined.anchors.forEach((a, row) => {
      if (a < 2) counts[mined.negatives[row]! - 2]! += 1;
    });
  }
  expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(16.3);
});

test('nearest-semi-hard takes the nearest negative beyond the positive, or falls back', () => {
  fc.assert(
    fc.property(anyBatch, fc.constantFrom('farthest', 'none'), (batch, fallback) => {
      const expected = spell(batch).flatMap(({ a, d, positives, negatives }) =>
        positives.flatMap((p) => {
          const beyond = negatives.filter((n) => d(n) > d(p));
          const least = Math.min(...beyond.map(d));
          const most = Math.max(...negatives.map(d));
          const n =
            beyond.length > 0
              ? beyond.find((i) => d(i) === least)
              : fallback === 'farthest'
                ? negatives.find((i) => d(i) === most)
                : undefined;
          return n === undefined ? [] : [[a, p, n]];
        }),
      );
      expect(rows(nearestSemiHard({ fallback }).mine(batch, context()))).toEqual(expected);
    }),
  );
});

const ranked = (list: number[], [low, high]: readonly [number, number]) => list.slice(low - 1, high);

test('rank-range takes the ranks of hardness', () => {
  const rank = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.nat(3))
    .map(([low, more]) => [low, low + more] as const);
  fc.assert(
    fc.property(anyBatch, rank, rank, (batch, positiveRanks, negativeRanks) => {
      const expected = spell(batch).flatMap(({ a, d, positives, negatives }) => {
        const hardness = (list: number[], sign: number) =>
          list
            .map((i) => ({ i, key: sign * d(i) }))
            .sort((x, y) => x.key - y.key)
            .map(({ i }) => i);
        return ranked(hardness(positives, -1), positiveRanks).flatMap((p) =>
          ranked(hardness(negatives, 1), negativeRanks).map((n) => [a, p, n]),
        );
      });
      expect(rows(rankRange({ positiveRanks, negativeRanks }).mine(batch, context()))).toEqual(expected);
    }),
  );
});

test('hard-aware-cascade keeps the hardest share, of equal distances the first pairs', () => {
  fc.assert(
    fc.property(anyBatch, fc.constantFrom(0.1, 0.5, 1), (batch, fraction) => {
      const spelt = spell(batch);
      const pairs = (side: 'positives' | 'negatives') =>
        spelt.flatMap(({ a, d, [side]: list }) => list.map((c) => ({ a, c, d: d(c) })));
      const hardest = (side: 'positives' | 'negatives', sign: number) => {
        const all = pairs(side);
        return [...all.sort((x, y) => sign * (x.d - y.d))].slice(0, Math.ceil(fraction * all.length));
      };
      const expected = [
        ...hardest('positives', -1).map(({ a, c }) => [a, c, 1]),
        ...hardest('negatives', 1).map(({ a, c }) => [a, c, 0]),
      ];
      const mined = rows(hardAwareCascade({ fraction }).mine(batch, context()));
      expect(mined.map(String).sort()).toEqual(expected.map(String).sort());
    }),
  );
});

test('angular follows the geometry, with a reference set and without', () => {
  fc.assert(
    fc.property(items, fc.option(items), fc.constantFrom(10, 30, 60), (own, reference, angle) => {
      const batch = createBatch({
        ...split(own),
        normalize: false,
        ...(reference && { reference: split(reference) }),
      });
      const mined = new Set(rows(angular({ angle }).mine(batch, context())).map(String));
      const candidates = reference ?? own;
      for (const { a, positives, negatives } of spell(batch)) {
        for (const p of positives) {
          for (const n of negatives) {
            const [pa, pp, pn] = [own[a]!.point, candidates[p]!.point, candidates[n]!.point];
            const base = Math.hypot(...pa.map((x, k) => x - pp[k]!));
            const median = Math.hypot(...pa.map((x, k) => pn[k]! - (x + pp[k]!) / 2));
            const seen = (Math.atan(base / (2 * median)) * 180) / Math.PI;
            // Where base and median vanish together, or at the very edge, either answer will do.
            if (base < 1e-2 || Math.abs(seen - angle) < 0.1) continue;
            expect([a, p, n, mined.has(`${a},${p},${n}`)]).toEqual([a, p, n, seen > angle]);
          }
        }
      }
    }),
  );
});

test('angular without embeddings needs the candidates among the anchors', () => {
  const source = {
    embeddings: [
      [1, 0],
      [0, 1],
    ],
    labels: [0, 1],
  };
  const { embeddings: _, ...own } = createBatch({ ...source, labels: [0, 0] });
  expect(angular().mine(own, context()).anchors).toHaveLength(0);
  const { embeddings: __, ...apart } = createBatch({ ...source, reference: source });
  expect(() => angular().mine(apart, context())).toThrow(
    'miner "angular": batch.embeddings must be given where candidates are not anchors themselves',
  );
});

const distance = (x: number[], y: number[]) => Math.hypot(...x.map((v, k) => v - y[k]!));

test('hardest-cluster sets the farthest member against the nearest other cluster', () => {
  fc.assert(
    fc.property(items, fc.option(items), (own, reference) => {
      const batch = createBatch({
        ...split(own),
        normalize: false,
        ...(reference && { reference: split(reference) }),
      });
      const candidates = reference ?? own;
      const centre = (label: number) => {
        const members = candidates.filter((item) => item.label === label);
        return [0, 1, 2].map((k) => members.reduce((sum, item) => sum + item.point[k]!, 0) / members.length);
      };
      const mined = rows(hardestCluster().mine(batch, context()));
      const usable = spell(batch).filter((s) => s.positives.length > 0 && s.negatives.length > 0);
      expect(mined.map(([a]) => a)).toEqual(usable.map(({ a }) => a));
      usable.forEach(({ a, positives, negatives }, i) => {
        const [, p, n] = mined[i]!;
        const c = centre(own[a]!.label);
        const at = (j: number) => distance(candidates[j]!.point, c);
        const cluster = (j: number) => distance(centre(candidates[j]!.label), c);
        expect(at(p!)).toBeCloseTo(Math.max(...positives.map(at)), 5);
        const nearest = Math.min(...negatives.map(cluster));
        expect(cluster(n!)).toBeCloseTo(nearest, 5);
        const members = negatives.filter((j) => candidates[j]!.label === candidates[n!]!.label);
        expect(at(n!)).toBeCloseTo(Math.min(...members.map(at)), 5);
      });
    }),
  );
});

describe('uniform-histogram', () => {
  test('draws the same number from every bin that has some', () => {
    fc.assert(
      fc.property(anyBatch, fc.integer({ min: 1, max: 6 }), (batch, bins) => {
        const options = { bins, positivesPerBin: 3, negativesPerBin: 5 };
        const mined = rows(uniformHistogram(options).mine(batch, context()));
        const spelt = spell(batch);
        for (const [same, side, size] of [
          [1, 'positives', 3],
          [0, 'negatives', 5],
        ] as const) {
          const distances = spelt.flatMap(({ d, [side]: list }) => list.map(d));
          const [least, most] = [Math.min(...distances), Math.max(...distances)];
          const edges = Array.from({ length: bins + 1 }, (_, i) => least + ((most - least) * i) / bins);
          const binOf = (d: number) => {
            let bin = 0;
            while (bin < bins - 1 && d >= Math.fround(edges[bin + 1]!)) bin += 1;
            return bin;
          };
          const drawn = mined.filter(([, , flag]) => flag === same).map(([a, c]) => binOf(spelt[a!]!.d(c!)));
          const expected = [...new Set(distances.map(binOf))].flatMap((bin) => new Array(size).fill(bin));
          expect(drawn.sort()).toEqual(expected.sort());
        }
      }),
    );
  });

  test('is uniform within a bin (chi-square, 9 degrees of freedom, p > 0.001)', () => {
    const batch = createBatch({
      embeddings: [[0], ...Array.from({ length: 10 }, (_, i) => [i + 1])],
      labels: [0, ...Array.from({ length: 10 }, (_, i) => i + 1)],
      reference: { embeddings: Array.from({ length: 10 }, (_, i) => [i]), labels: new Array(10).fill(99) },
      measure: 'euclidean',
      normalize: false,
    });
    const mined = uniformHistogram({ bins: 1, negativesPerBin: 110_000 }).mine(batch, context(3));
    const counts = new Array<number>(10).fill(0);
    for (const c of mined.candidates) counts[c]! += 1;
    expect(counts.reduce((sum, count) => sum + (count - 11_000) ** 2 / 11_000, 0)).toBeLessThan(27.9);
  });
});

describe('distance-weighted', () => {
  const random = createRandom(6);
  const unit = (dimension: number) => Array.from({ length: dimension }, () => random.normal());
  const draws = (dimension: number) => {
    const embeddings = Array.from({ length: 64 }, () => unit(dimension));
    // One negative pair that is almost the same point must not silence the other anchors.
    embeddings[4] = embeddings[3]!.map((x, k) => (k === 0 ? x + 0.01 : x));
    const labels = embeddings.map((_, i) => Math.floor(i / 4));
    return createBatch({ embeddings, labels, measure: 'euclidean' });
  };

  test.each([16, 128, 512])('no anchor within reach is silenced at D = %i', (dimension) => {
    const batch = draws(dimension);
    const mined = distanceWeighted({ maxNegativeDistance: 2 }).mine(batch, context());
    expect(new Set(mined.anchors).size).toBe(64);
    expect(mined.statistics).toEqual({ considered: 64, skipped: {} });
  });

  test('takes the dimension from the option where the batch brings no embeddings', () => {
    const { embeddings, ...bare } = draws(8);
    expect(embeddings?.dimension).toBe(8);
    expect(() => distanceWeighted().mine(bare, context())).toThrow(
      'miner "distance-weighted": dimension must be given where the batch brings no embeddings, got undefined.',
    );
    expect(rows(distanceWeighted({ dimension: 8 }).mine(bare, context()))).toEqual(
      rows(distanceWeighted().mine({ ...bare, embeddings: embeddings! }, context())),
    );
  });
});

test.each([
  [
    'batch-easy-hard',
    { positive: 'semi-hard' },
    'positive must be "easy" or "hard" where negative is "semi-hard"',
  ],
  ['batch-easy-hard', { positiveRange: [1, 0] }, 'positiveRange must be two numbers, the lower first'],
  ['batch-easy-hard', { negative: 'all' }, 'negative must be "easy", "semi-hard" or "hard", got "all"'],
  ['triplet-margin', { type: 'semihard' }, 'type must be "all", "hard", "semi-hard" or "easy"'],
  ['triplet-margin', { measure: 'l2' }, 'measure must be "euclidean", "squared-euclidean" or "cosine"'],
  ['rank-range', { negativeRanks: [0, 2] }, 'must be an integer of at least 1'],
  ['rank-range', { negativeRanks: 2 }, 'negativeRanks must be two integers of at least 1, the lower first'],
  ['angular', { angle: 90 }, 'angle must be a number above 0 and below 90'],
  ['hard-aware-cascade', { fraction: 0 }, 'fraction must be a number above 0 and at most 1'],
  ['uniform-histogram', { bins: 0 }, 'bins must be an integer of at least 1'],
  [
    'pair-margin',
    { maxTriplets: 3 },
    'every option must be one of positiveMargin, negativeMargin, measure, maxPairs',
  ],
])('%s refuses %o', (name, options, message) => {
  expect(() => createMiner(name, options)).toThrow(message);
});

test('ranges of batch-easy-hard are closed', () => {
  const line = createBatch({
    embeddings: [[0], [1], [2], [3], [4]],
    labels: [0, 0, 0, 1, 1],
    measure: 'euclidean',
    normalize: false,
  });
  const mined = batchEasyHard({ positive: 'hard', negative: 'hard', positiveRange: [1, 1] }).mine(
    line,
    context(),
  );
  expect(rows(mined)).toEqual([
    [0, 1, 3],
    [1, 0, 3],
    [2, 1, 3],
    [3, 4, 2],
    [4, 3, 2],
  ]);
});
