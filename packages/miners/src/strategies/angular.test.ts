import { createBatch } from '@ft/miner-test-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { context, items, rows, spell, split } from '../../test/any-batch.ts';
import { angular } from './angular.ts';

test('angular follows the geometry, with a reference set and without', () => {
  fc.assert(
    fc.property(items, fc.option(items), fc.constantFrom(10, 30, 60), (own, reference, angle) => {
      const batch = createBatch({
        ...split(own),
        normalize: false,
        ...(reference && { reference: split(reference) }),
      });
      const mined = new Set(rows(angular({ angle }).mine(batch, context())).map(String));
      const candidates = reference ?? own;
      for (const { a, positives, negatives } of spell(batch)) {
        for (const p of positives) {
          for (const n of negatives) {
            const [pa, pp, pn] = [own[a]!.point, candidates[p]!.point, candidates[n]!.point];
            const base = Math.hypot(...pa.map((x, k) => x - pp[k]!));
            const median = Math.hypot(...pa.map((x, k) => pn[k]! - (x + pp[k]!) / 2));
            const seen = (Math.atan(base / (2 * median)) * 180) / Math.PI;
            // Where base and median vanish together, or at the very edge, either answer will do.
            if (base < 1e-2 || Math.abs(seen - angle) < 0.1) continue;
            expect([a, p, n, mined.has(`${a},${p},${n}`)]).toEqual([a, p, n, seen > angle]);
          }
        }
      }
    }),
  );
});

test('angular without embeddings needs the candidates among the anchors', () => {
  const source = {
    embeddings: [
      [1, 0],
      [0, 1],
    ],
    labels: [0, 1],
  };
  const { embeddings: _, ...own } = createBatch({ ...source, labels: [0, 0] });
  expect(angular().mine(own, context()).anchors).toHaveLength(0);
  const { embeddings: __, ...apart } = createBatch({ ...source, reference: source });
  expect(() => angular().mine(apart, context())).toThrow(
    'miner "angular": batch.embeddings must be given where candidates are not anchors themselves',
  );
});
