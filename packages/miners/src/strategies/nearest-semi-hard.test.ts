import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyBatch, context, rows, spell } from '../../test/any-batch.ts';
import { nearestSemiHard } from './nearest-semi-hard.ts';

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
