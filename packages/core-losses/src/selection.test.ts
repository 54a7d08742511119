import { expect, test } from 'vitest';
import { pairsFromTriplets, relationFromPairs } from './index.ts';

test('triplets become their distinct pairs', () => {
  const pairs = pairsFromTriplets(
    { anchors: Int32Array.of(0, 0, 2), positives: Int32Array.of(1, 1, 1), negatives: Int32Array.of(3, 4, 3) },
    5,
  );
  expect(pairs).toEqual({
    anchors: Int32Array.of(0, 2, 0, 0, 2),
    candidates: Int32Array.of(1, 1, 3, 4, 3),
    same: Uint8Array.of(1, 1, 0, 0, 0),
  });
  expect([...relationFromPairs(pairs, 3, 5)]).toEqual([0, 1, 0, 2, 2, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0]);
});

test('a pair that is positive and negative is refused', () => {
  const pairs = { anchors: Int32Array.of(0, 0), candidates: Int32Array.of(1, 1), same: Uint8Array.of(1, 0) };
  expect(() => relationFromPairs(pairs, 2, 2)).toThrow(
    'relationFromPairs: same[1] must be the same wherever a pair is listed',
  );
});
