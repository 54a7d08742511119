import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyBatch, context, rows, spell } from '../../test/any-batch.ts';
import { hardAwareCascade } from './hard-aware-cascade.ts';

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
