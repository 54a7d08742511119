import { Relation } from '@ft/miner-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyBatch, context, rows } from '../../test/any-batch.ts';
import { tripletMargin } from './triplet-margin.ts';

/** Distances and their neighbours in single precision, so that differences are the margin, or are rounded to it. */
const distance = fc
  .tuple(fc.constantFrom(0, 0.2, 0.4, 0.5, 0.7, 2e-9, 5e-9, 1e-8, -1e-7, 3), fc.integer({ min: -3, max: 3 }))
  .map(([value, ulps]) => Math.fround(value * (1 + ulps * 2 ** -23)));
const dense = fc.infiniteStream(distance);
const relations = fc.option(fc.infiniteStream(fc.constantFrom(...Object.values(Relation))));

const isSelected = {
  all: (x: number, m: number) => x <= m,
  hard: (x: number, m: number) => x <= m && x <= 0,
  'semi-hard': (x: number, m: number) => x > 0 && x <= m,
  easy: (x: number, m: number) => x > m,
};

test.each(['all', 'hard', 'semi-hard', 'easy'] as const)(
  'triplet-margin, %s: all triplets on that side, to the last bit of single precision',
  (type) => {
    const margins = fc.constantFrom(0.2, 0, 0.4, -0.2, 1e-7, 1e30);
    fc.assert(
      fc.property(anyBatch, dense, relations, margins, (plain, distances, kinds, margin) => {
        const { anchors, candidates } = plain.distances;
        const data = new Float32Array(anchors * candidates).map(() => distances.next().value!);
        const relation = kinds && new Uint8Array(data.length).map(() => kinds.next().value!);
        const batch = {
          ...plain,
          distances: { ...plain.distances, data },
          ...(relation && { relation }),
        };
        const is = (a: number, c: number, kind: number) =>
          c !== batch.selfIndex[a] &&
          kind ===
            (relation?.[a * candidates + c] ??
              (batch.anchorLabels[a] === batch.candidateLabels[c] ? Relation.positive : Relation.negative));
        const expected: number[][] = [];
        for (let a = 0; a < anchors; a++) {
          for (let p = 0; p < candidates; p++) {
            for (let n = 0; n < candidates; n++) {
              if (!is(a, p, Relation.positive) || !is(a, n, Relation.negative)) continue;
              const x = Math.fround(data[a * candidates + n]! - data[a * candidates + p]!);
              if (isSelected[type](x, Math.fround(margin))) expected.push([a, p, n]);
            }
          }
        }
        expect(rows(tripletMargin({ type, margin }).mine(batch, context()))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  },
);
