import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyBatch, context, rows, spell } from '../../test/any-batch.ts';
import { batchAll } from './batch-all.ts';

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
