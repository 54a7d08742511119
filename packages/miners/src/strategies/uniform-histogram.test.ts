import { createBatch } from '@ft/miner-test-kit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyBatch, context, rows, spell } from '../../test/any-batch.ts';
import { uniformHistogram } from './uniform-histogram.ts';

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
