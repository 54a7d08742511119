import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { evaluateClustering } from '../index.ts';

const partitions = fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { minLength: 2, maxLength: 30 });

test('pair counts equal the counted pairs', () => {
  fc.assert(
    fc.property(partitions, (items) => {
      let both = 0;
      let inClass = 0;
      let inCluster = 0;
      let all = 0;
      for (const [i, a] of items.entries()) {
        for (const b of items.slice(i + 1)) {
          all++;
          if (a[0] === b[0]) inClass++;
          if (a[1] === b[1]) inCluster++;
          if (a[0] === b[0] && a[1] === b[1]) both++;
        }
      }
      const result = evaluateClustering(
        items.map(([label]) => label),
        items.map(([, cluster]) => cluster),
      );
      expect(result.pairwise.precision).toBe(inCluster === 0 ? 1 : both / inCluster);
      expect(result.pairwise.recall).toBe(inClass === 0 ? 1 : both / inClass);
      const expected = (inClass * inCluster) / all;
      const ari = (both - expected) / ((inClass + inCluster) / 2 - expected);
      expect(result.ari).toBeCloseTo(Number.isNaN(ari) ? 1 : ari, 10);
    }),
  );
});

test('names do not matter, and equal partitions score 1', () => {
  fc.assert(
    fc.property(partitions, (items) => {
      const labels = items.map(([label]) => label);
      const clusters = items.map(([, cluster]) => cluster);
      const result = evaluateClustering(labels, clusters);
      const renamed = evaluateClustering(
        labels.map((label) => 7 - label),
        clusters.map((cluster) => 99 * cluster),
      );
      expect(renamed).toEqual(result);
      const equal = evaluateClustering(
        labels,
        labels.map((label) => label + 1),
      );
      expect(equal.pairwise).toEqual({ precision: 1, recall: 1, f: 1 });
      expect([equal.nmi, equal.ami, equal.ari].every((score) => Math.abs(score - 1) < 1e-9)).toBe(true);
    }),
  );
});

test('clusters drawn at random score 0 on average where adjusted, and above it where not', () => {
  const random = createRandom(1);
  const sums = { nmi: 0, ami: 0, ari: 0 };
  for (let run = 0; run < 200; run++) {
    const draw = () => Array.from({ length: 40 }, () => random.int(8));
    const result = evaluateClustering(draw(), draw());
    for (const name of ['nmi', 'ami', 'ari'] as const) sums[name] += result[name] / 200;
  }
  expect(Math.abs(sums.ami)).toBeLessThan(0.02);
  expect(Math.abs(sums.ari)).toBeLessThan(0.02);
  expect(sums.nmi).toBeGreaterThan(0.2);
});

test('one cluster, and one cluster each', () => {
  expect(evaluateClustering([1, 1, 2, 2], [0, 0, 0, 0])).toMatchObject({
    nmi: 0,
    ari: 0,
    pairwise: { recall: 1 },
  });
  expect(evaluateClustering([1, 1, 2, 2], [0, 1, 2, 3])).toMatchObject({
    ari: 0,
    pairwise: { recall: 0, f: 0 },
  });
  expect(evaluateClustering([5, 5], [1, 1])).toMatchObject({ nmi: 1, ami: 1, ari: 1 });
  expect(evaluateClustering([5, 6], [1, 2])).toMatchObject({ nmi: 1, ami: 1, ari: 1 });
  expect(evaluateClustering([5], [1])).toMatchObject({ nmi: 1, ami: 1, ari: 1 });
});

test('refuses lists of different length and empty ones', () => {
  expect(() => evaluateClustering([1, 2], [1])).toThrow('clusters must be of the length of labels, 2');
  expect(() => evaluateClustering([], [])).toThrow('labels must be at least one');
});
