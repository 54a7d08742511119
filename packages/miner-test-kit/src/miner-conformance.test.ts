import {
  defineMiner,
  type MinedTriplets,
  type Miner,
  type MinerBatch,
  type MinerContext,
} from '@ft/miner-api';
import { expect, test } from 'vitest';
import { minerConformance } from './index.ts';

/** Runs the suite with a runner of three lines; gives the sentence of every test that failed. */
function failures(miner: Miner): Record<string, string> {
  const failed: Record<string, string> = {};
  minerConformance({
    describe: (_, body) => body(),
    it: (name, body) => {
      try {
        body();
      } catch (error) {
        failed[name] = (error as Error).message;
      }
    },
    miner,
    timeBudget: 200,
  });
  return failed;
}

/** All triplets, or what `change` makes of them. */
const allTriplets = (
  change: (mined: MinedTriplets, batch: MinerBatch, context: MinerContext) => unknown = (mined) => mined,
  options = {},
) =>
  defineMiner<MinedTriplets>({
    name: 'all-triplets',
    output: 'triplets',
    options,
    mine(batch, context) {
      const { distances, anchorLabels, candidateLabels, selfIndex, relation } = batch;
      const columns: [number[], number[], number[]] = [[], [], []];
      const kind = (a: number, c: number) =>
        relation?.[a * distances.candidates + c] ?? (anchorLabels[a] === candidateLabels[c] ? 1 : 2);
      for (let a = 0; a < Math.min(distances.anchors, 40); a++) {
        for (let p = 0; p < Math.min(distances.candidates, 40); p++) {
          if (p === selfIndex[a] || kind(a, p) !== 1) continue;
          for (let n = 0; n < Math.min(distances.candidates, 40); n++) {
            if (n === selfIndex[a] || kind(a, n) !== 2) continue;
            columns[0].push(a);
            columns[1].push(p);
            columns[2].push(n);
          }
        }
      }
      const [anchors, positives, negatives] = columns.map((column) => Int32Array.from(column));
      const statistics = { considered: columns[0].length, skipped: {} };
      const mined = { kind: 'triplets', anchors, positives, negatives, statistics } as MinedTriplets;
      return change(mined, batch, context) as MinedTriplets;
    },
  });

test('a right miner passes every test', () => {
  expect(failures(allTriplets())).toEqual({});
});

let calls = 0;
test.each<[string, Miner, RegExp]>([
  ['a bare object', { ...allTriplets() }, /make the miner with defineMiner/],
  ['options that are not JSON', allTriplets(undefined, { margin: Infinity }), /options must be plain JSON/],
  ['another kind', allTriplets((mined) => ({ ...mined, kind: 'pairs' })), /kind is pairs/],
  [
    'plain arrays',
    allTriplets((mined) => ({ ...mined, anchors: [...mined.anchors] })),
    /must be Int32Arrays/,
  ],
  ['unequal columns', allTriplets((mined) => ({ ...mined, negatives: mined.negatives.slice(1) })), /rows/],
  ['self pairs', allTriplets((mined) => ({ ...mined, positives: mined.anchors })), /same item/],
  ['mislabelled', allTriplets((mined) => ({ ...mined, positives: mined.negatives })), /say otherwise/],
  [
    'out of range',
    allTriplets((mined) => ({ ...mined, negatives: mined.negatives.map(() => 4000) })),
    /no such candidate/,
  ],
  [
    'no counts',
    allTriplets((mined) => ({ ...mined, statistics: { considered: 0, skipped: { x: 1 } } })),
    /statistics skip 1 cases of 0/,
  ],
  ['Math.random', allTriplets((mined) => (Math.random() < 2 ? mined : mined)), /the miner calls Math.random/],
  [
    'memory between calls',
    allTriplets((mined) =>
      calls++ % 2
        ? mined
        : {
            ...mined,
            anchors: mined.anchors.slice(1),
            positives: mined.positives.slice(1),
            negatives: mined.negatives.slice(1),
          },
    ),
    /the same seed gave two results/,
  ],
  [
    'dependence on the order',
    allTriplets((mined) => ({
      ...mined,
      anchors: mined.anchors.slice(0, 1),
      positives: mined.positives.slice(0, 1),
      negatives: mined.negatives.slice(0, 1),
    })),
    /in another order gave another selection/,
  ],
  [
    'changed input',
    allTriplets((mined, batch) => {
      batch.anchorLabels[0]! += 1;
      return mined;
    }),
    /read only/,
  ],
  [
    'slowness',
    allTriplets((mined, batch) => {
      const end = performance.now() + (batch.distances.anchors === 512 ? 210 : 0);
      while (performance.now() < end);
      return mined;
    }),
    /it took \d+ ms/,
  ],
])('finds out %s', (_, miner, sentence) => {
  expect(Object.values(failures(miner)).join('\n')).toMatch(sentence);
});
