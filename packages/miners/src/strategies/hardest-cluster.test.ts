import { createBatch } from '@ft/miner-test-kit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { context, items, rows, spell, split } from '../../test/any-batch.ts';
import { hardestCluster } from './hardest-cluster.ts';

const distance = (x: number[], y: number[]) => Math.hypot(...x.map((v, k) => v - y[k]!));

test('hardest-cluster sets the farthest member against the nearest other cluster', () => {
  fc.assert(
    fc.property(items, fc.option(items), (own, reference) => {
      const batch = createBatch({
        ...split(own),
        normalize: false,
        ...(reference && { reference: split(reference) }),
      });
      const candidates = reference ?? own;
      const centre = (label: number) => {
        const members = candidates.filter((item) => item.label === label);
        return [0, 1, 2].map((k) => members.reduce((sum, item) => sum + item.point[k]!, 0) / members.length);
      };
      const mined = rows(hardestCluster().mine(batch, context()));
      const usable = spell(batch).filter((s) => s.positives.length > 0 && s.negatives.length > 0);
      expect(mined.map(([a]) => a)).toEqual(usable.map(({ a }) => a));
      usable.forEach(({ a, positives, negatives }, i) => {
        const [, p, n] = mined[i]!;
        const c = centre(own[a]!.label);
        const at = (j: number) => distance(candidates[j]!.point, c);
        const cluster = (j: number) => distance(centre(candidates[j]!.label), c);
        expect(at(p!)).toBeCloseTo(Math.max(...positives.map(at)), 5);
        const nearest = Math.min(...negatives.map(cluster));
        expect(cluster(n!)).toBeCloseTo(nearest, 5);
        const members = negatives.filter((j) => candidates[j]!.label === candidates[n!]!.label);
        expect(at(n!)).toBeCloseTo(Math.min(...members.map(at)), 5);
      });
    }),
  );
});
