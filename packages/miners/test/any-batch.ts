import type { Mined, MinerBatch, MinerContext } from '@ft/miner-api';
import { createBatch } from '@ft/miner-test-kit';
import { createRandom } from '@ft/random';
import fc from 'fast-check';

export const context = (seed = 1): MinerContext => ({
  random: createRandom(seed),
  step: 0,
  epoch: 0,
  signal: new AbortController().signal,
});

/** A result as rows of three numbers. */
export const rows = (mined: Mined): number[][] =>
  Array.from(mined.anchors, (a, i) =>
    mined.kind === 'triplets'
      ? [a, mined.positives[i]!, mined.negatives[i]!]
      : [a, mined.candidates[i]!, mined.same[i]!],
  );

/** A batch, with its distances as rows and its positives and negatives of every anchor, spelt out. */
export function spell(batch: MinerBatch) {
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

/** Points of a grid, so that equal distances are common, or anywhere. */
const point = fc.oneof(
  fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 3, maxLength: 3 }),
  fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
);
export const items = fc.array(fc.record({ label: fc.nat(3), point }), { maxLength: 11 });
export const split = (list: { label: number; point: number[] }[]) => ({
  embeddings: list.map((item) => item.point),
  labels: list.map((item) => item.label),
});
/** Own reference or another; distances are multiples of 2^-12, so that sums of them are exact. */
export const anyBatch = fc.tuple(items, fc.option(items)).map(([own, reference]) => {
  const batch = createBatch({
    ...split(own),
    measure: 'euclidean',
    normalize: false,
    ...(reference && { reference: split(reference) }),
  });
  batch.distances.data.forEach((d, i, data) => (data[i] = Math.round(d * 4096) / 4096));
  return batch;
});
