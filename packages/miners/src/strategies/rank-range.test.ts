import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyBatch, context, rows, spell } from '../../test/any-batch.ts';
import { rankRange } from './rank-range.ts';

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
