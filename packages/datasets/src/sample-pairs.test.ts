import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { samplePairs } from './index.ts';

const labelsOf = (counts: readonly number[]) =>
  counts.flatMap((count, label) => new Array(count).fill(label));

test('pairs are balanced, correctly marked, distinct, and never an image with itself', () => {
  const counts = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(counts, fc.nat(1000), fc.double({ min: 0.05, max: 1, noNaN: true }), (sizes, seed, share) => {
      const labels = labelsOf(sizes);
      let same = 0;
      let different = 0;
      for (let i = 0; i < labels.length; i++) {
        for (let j = i + 1; j < labels.length; j++) {
          if (labels[i] === labels[j]) same++;
          else different++;
        }
      }
      const each = Math.floor(Math.min(same, different) * share);
      fc.pre(each >= 1);
      const pairs = samplePairs(labels, { count: each * 2, random: createRandom(seed) });
      expect([...pairs.same]).toEqual([...new Array(each).fill(1), ...new Array(each).fill(0)]);
      const keys = new Set<string>();
      pairs.same.forEach((mark, i) => {
        const [a, b] = [pairs.a[i]!, pairs.b[i]!];
        expect(a).toBeLessThan(b);
        expect(labels[a] === labels[b]).toBe(mark === 1);
        keys.add(`${a},${b}`);
      });
      expect(keys.size).toBe(each * 2);
    }),
  );
});

test('a person with very many images does not crowd out the others', () => {
  const labels = labelsOf([500, ...new Array(50).fill(5)]);
  const pairs = samplePairs(labels, { count: 200, random: createRandom(3) });
  const big = [...pairs.a].slice(0, 100).filter((index) => labels[index] === 0).length;
  expect(big).toBeLessThan(12);
});

test('where pairs may come again, every person counts alike however many are drawn', () => {
  const labels = labelsOf([100, 2, 2, 3, ...new Array(60).fill(1)]);
  const pairs = samplePairs(labels, { count: 8000, random: createRandom(5), again: true });
  const drawn = new Array<number>(64).fill(0);
  pairs.a.subarray(0, 4000).forEach((index) => drawn[labels[index]!]!++);
  expect(Math.max(...drawn.slice(4))).toBe(0);
  // Five standard deviations of a share of a quarter.
  for (const count of drawn.slice(0, 4)) expect(Math.abs(count - 1000)).toBeLessThan(140);
  expect(() => samplePairs([0, 1, 2], { count: 2, random: createRandom(1), again: true })).toThrow(
    'the images form 0 same-person pairs',
  );
});

test('more pairs than exist, or an odd number, are refused', () => {
  const random = createRandom(1);
  expect(() => samplePairs([0, 0, 1, 1], { count: 6, random })).toThrow(
    'count must be at most 4, because the images form 2 same-person pairs, got 6',
  );
  expect(() => samplePairs([0, 0, 0, 1], { count: 8, random })).toThrow('3 same-person pairs');
  expect(() => samplePairs([0, 0, 1, 1], { count: 3, random })).toThrow('an even integer from 2, got 3');
});
