import { readFileSync } from 'node:fs';
import type { Mined, MinerBatch } from '@ft/miner-api';
import { createRandom } from '@ft/random';
import { describe, expect, test } from 'vitest';
import { createMiner, distanceWeighted } from '../src/index.ts';
import { binEdges } from '../src/strategies/uniform-histogram.ts';

interface PeerCase {
  name: string;
  labels: number[];
  embeddings: number[][] | null;
  distances: number[][];
  reference?: number[][];
  referenceLabels?: number[];
  selected: { miner: string; options: object; columns: number[][] }[];
  distanceWeights?: number[][];
  binEdges: number[];
}

const cases = JSON.parse(
  readFileSync(new URL('../fixtures/pytorch-metric-learning.json', import.meta.url), 'utf8'),
) as PeerCase[];

const context = (seed = 1) => ({
  random: createRandom(seed),
  step: 0,
  epoch: 0,
  signal: new AbortController().signal,
});

function batchOf({ labels, embeddings, distances, reference, referenceLabels }: PeerCase): MinerBatch {
  const coordinates = embeddings && Float32Array.from(embeddings.flat());
  return {
    distances: {
      data: Float32Array.from(distances.flat()),
      anchors: labels.length,
      candidates: distances[0]!.length,
      measure: 'euclidean',
      normalized: true,
    },
    anchorLabels: Int32Array.from(labels),
    candidateLabels: Int32Array.from(referenceLabels ?? labels),
    selfIndex: Int32Array.from(labels, (_, i) => (reference ? -1 : i)),
    ...(coordinates && {
      embeddings: {
        anchors: coordinates,
        candidates: reference ? Float32Array.from(reference.flat()) : coordinates,
        dimension: embeddings[0]!.length,
      },
    }),
  };
}

/** Triplets "a p n", or pairs "a c same", sorted. The peer gives pairs as four columns. */
const rowsOfPeer = (columns: number[][]) =>
  (columns.length === 3
    ? columns[0]!.map((a, i) => `${a} ${columns[1]![i]} ${columns[2]![i]}`)
    : [
        ...columns[0]!.map((a, i) => `${a} ${columns[1]![i]} 1`),
        ...columns[2]!.map((a, i) => `${a} ${columns[3]![i]} 0`),
      ]
  ).sort();
const rowsOf = (mined: Mined) =>
  Array.from(mined.anchors, (a, i) =>
    mined.kind === 'triplets'
      ? `${a} ${mined.positives[i]} ${mined.negatives[i]}`
      : `${a} ${mined.candidates[i]} ${mined.same[i]}`,
  ).sort();

describe.each(cases)('$name', (peer) => {
  const batch = batchOf(peer);
  test.each(peer.selected)('$miner $options selects what the peer selects', ({ miner, options, columns }) => {
    // The peer's batch-easy-hard gives (a, p, a, n) where it could give triplets.
    const expected =
      miner === 'batch-easy-hard' ? rowsOfPeer([columns[0]!, columns[1]!, columns[3]!]) : rowsOfPeer(columns);
    expect(rowsOf(createMiner(miner, options).mine(batch, context()))).toEqual(expected);
  });

  test('histogram bins have the edges of the peer, but for the last bit', () => {
    const { data, candidates } = batch.distances;
    const counted = data.filter((_, i) => peer.reference || Math.floor(i / candidates) !== i % candidates);
    const edges = binEdges(Math.min(...counted), Math.max(...counted), 20);
    expect(edges).toHaveLength(peer.binEdges.length);
    peer.binEdges.forEach((edge, i) => expect(Math.abs(edges[i]! - edge)).toBeLessThan(2.5e-7));
  });
});

test.each(cases.filter((peer) => peer.distanceWeights))(
  '$name: distance-weighted draws negatives with the weights of the peer (chi-square, p > 0.001)',
  (peer) => {
    const batch = batchOf(peer);
    const draws = 4000;
    const { anchors, negatives, statistics } = distanceWeighted({ drawsPerAnchor: draws }).mine(
      batch,
      context(5),
    );
    const counts = peer.labels.map(() => peer.labels.map(() => 0));
    anchors.forEach((a, i) => (counts[a]![negatives[i]!]! += 1));
    let chiSquare = 0;
    let freedom = 0;
    peer.labels.forEach((label, a) => {
      const weights = peer.distanceWeights![a]!.map((w, n) => (peer.labels[n] === label ? 0 : w));
      const alone = peer.labels.filter((other) => other === label).length < 2;
      const total = alone ? 0 : weights.reduce((sum, w) => sum + w, 0);
      // Cells expected to hold less than 5 are put together.
      const cells = [{ expected: 0, count: 0 }];
      weights.forEach((w, n) => {
        const cell = { expected: total === 0 ? 0 : (w / total) * draws, count: counts[a]![n]! };
        if (cell.expected >= 5) cells.push(cell);
        else cells[0] = { expected: cells[0]!.expected + cell.expected, count: cells[0]!.count + cell.count };
      });
      if (cells[0]!.expected < 5) {
        if (cells[0]!.count > 20 + 5 * cells[0]!.expected) chiSquare = Infinity;
        cells.shift();
      }
      for (const { expected, count } of cells) chiSquare += (count - expected) ** 2 / expected;
      freedom += Math.max(0, cells.length - 1);
    });
    const skipped = Object.values(statistics.skipped).reduce((sum, count) => sum + count, 0);
    expect(anchors).toHaveLength((peer.labels.length - skipped) * draws);
    expect(statistics.considered).toBe(peer.labels.length);
    // Wilson and Hilferty: the 0.999 quantile of chi-square.
    const quantile = freedom * (1 - 2 / (9 * freedom) + 3.09 * Math.sqrt(2 / (9 * freedom))) ** 3;
    expect(freedom).toBeGreaterThan(20);
    expect(chiSquare).toBeLessThan(quantile);
  },
);
