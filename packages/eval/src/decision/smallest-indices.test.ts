import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smallestIndices } from './smallest-indices.ts';

test('equals a stable sort, cut off', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), fc.nat(12), (values, count) => {
      const sorted = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
      expect(smallestIndices(Float64Array.from(values), count)).toEqual(sorted.slice(0, count));
    }),
  );
});
