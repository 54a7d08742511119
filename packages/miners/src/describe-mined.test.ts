import type { MinedPairs, MinedTriplets } from '@ft/miner-api';
import { createBatch } from '@ft/miner-test-kit';
import { expect, test } from 'vitest';
import { describeMined, pairsFromTriplets } from './index.ts';

// On a line: distances are differences.
const batch = createBatch({
  embeddings: [[0], [1], [3], [7]],
  labels: [0, 0, 1, 1],
  measure: 'euclidean',
  normalize: false,
});
const triplets: MinedTriplets = {
  kind: 'triplets',
  anchors: Int32Array.of(0, 1, 2, 2, 0),
  positives: Int32Array.of(1, 0, 3, 3, 1),
  negatives: Int32Array.of(3, 2, 0, 1, 3),
  statistics: { considered: 8, skipped: { 'no negative': 2, 'too easy': 2 } },
};

test('triplets: figures and the hardest rows', () => {
  expect(describeMined(batch, triplets, { hardest: 3 })).toEqual({
    kind: 'triplets',
    selected: 5,
    considered: 8,
    activeFraction: 0.5,
    meanPositiveDistance: (1 + 1 + 4 + 4 + 1) / 5,
    meanNegativeDistance: (7 + 2 + 3 + 2 + 7) / 5,
    hardestPositiveDistance: 4,
    hardestNegativeDistance: 2,
    skipped: { 'no negative': 2, 'too easy': 2 },
    hardest: [3, 2, 1],
  });
  expect(describeMined(batch, triplets).hardest).toEqual([3, 2, 1, 0, 4]);
  expect(describeMined(batch, triplets, { hardest: 0 }).hardest).toEqual([]);
});

test('pairs: the hardest are the nearest of different identity', () => {
  const pairs = pairsFromTriplets(triplets);
  expect(describeMined(batch, pairs)).toMatchObject({
    selected: 7,
    meanPositiveDistance: (1 + 1 + 4) / 3,
    meanNegativeDistance: (7 + 2 + 3 + 2) / 4,
    hardest: [3, 6, 5, 1],
  });
});

test('nothing selected: NaN means and no rows', () => {
  const none: MinedPairs = {
    kind: 'pairs',
    anchors: new Int32Array(),
    candidates: new Int32Array(),
    same: new Uint8Array(),
    statistics: { considered: 0, skipped: {} },
  };
  expect(describeMined(batch, none)).toMatchObject({
    activeFraction: 0,
    meanPositiveDistance: Number.NaN,
    hardestNegativeDistance: Number.NaN,
    hardest: [],
  });
});

test('pairs from triplets: each distinct pair once, in order', () => {
  const { anchors, candidates, same, statistics } = pairsFromTriplets(triplets);
  expect(Array.from(anchors, (a, i) => [a, candidates[i], same[i]])).toEqual([
    [0, 1, 1],
    [0, 3, 0],
    [1, 0, 1],
    [1, 2, 0],
    [2, 3, 1],
    [2, 0, 0],
    [2, 1, 0],
  ]);
  expect(statistics).toBe(triplets.statistics);
});

test('hardest must be a count', () => {
  expect(() => describeMined(batch, triplets, { hardest: -1 })).toThrow(
    'describeMined: hardest must be a whole number of at least 0, got -1.',
  );
});
