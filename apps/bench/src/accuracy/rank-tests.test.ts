import fc from 'fast-check';
import { expect, test } from 'vitest';
import { criticalDifferenceDiagram, groupsOf } from './critical-difference-diagram.ts';
import { holm, meanRanks, rankDescending, wilcoxonSignedRank } from './rank-tests.ts';

test('ranks are those of the sorted list, ties sharing', () => {
  expect(rankDescending([0.5, 0.9, 0.5, 0.1])).toEqual([2.5, 1, 2.5, 4]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 8 }), (values) => {
      const sum = rankDescending(values).reduce((a, b) => a + b, 0);
      expect(sum).toBe((values.length * (values.length + 1)) / 2);
    }),
  );
});

test('mean ranks and critical difference of the worked example of Demšar, 14 data sets and 4 classifiers', () => {
  const scores = [
    [0.763, 0.768, 0.771, 0.798],
    [0.599, 0.591, 0.59, 0.569],
    [0.954, 0.971, 0.968, 0.967],
    [0.628, 0.661, 0.654, 0.657],
    [0.882, 0.888, 0.886, 0.898],
    [0.936, 0.931, 0.916, 0.931],
    [0.661, 0.668, 0.609, 0.685],
    [0.583, 0.583, 0.563, 0.625],
    [0.775, 0.838, 0.866, 0.875],
    [1.0, 1.0, 1.0, 1.0],
    [0.94, 0.962, 0.965, 0.962],
    [0.619, 0.666, 0.614, 0.669],
    [0.972, 0.981, 0.9751, 0.975],
    [0.957, 0.978, 0.946, 0.97],
  ];
  const { ranks, criticalDifference } = meanRanks({ treatments: ['C4.5', '+m', '+cf', '+m+cf'], scores });
  expect(ranks.map((rank) => Number(rank.toFixed(3)))).toEqual([3.143, 2.0, 2.893, 1.964]);
  expect(criticalDifference).toBeCloseTo(1.25, 2);
});

/** Every pattern of signs, one by one. */
function slowWilcoxon(differences: readonly number[]): number {
  const kept = differences.filter((difference) => difference !== 0);
  const ranks = rankDescending(kept.map((difference) => -Math.abs(difference)));
  const total = ranks.reduce((a, b) => a + b, 0);
  const least = (sum: number) => Math.min(sum, total - sum);
  const observed = least(ranks.reduce((sum, rank, i) => (kept[i]! > 0 ? sum + rank : sum), 0));
  let extreme = 0;
  for (let signs = 0; signs < 2 ** kept.length; signs++) {
    const sum = ranks.reduce((partial, rank, i) => ((signs >> i) & 1 ? partial + rank : partial), 0);
    if (least(sum) <= observed) extreme += 1;
  }
  return extreme / 2 ** kept.length;
}

test('the signed-rank test is that of all sign patterns, zeros and ties included', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 9 }), (differences) => {
      expect(wilcoxonSignedRank(differences)).toBeCloseTo(Math.min(1, slowWilcoxon(differences)), 10);
    }),
  );
  expect(wilcoxonSignedRank([1, 2, 3, 4, 5])).toBe(0.0625);
  expect(wilcoxonSignedRank([0, 0])).toBe(1);
});

test('Holm multiplies the smallest by most and never turns the order', () => {
  expect(holm([0.04, 0.01, 0.03])).toEqual([
    expect.closeTo(0.06),
    expect.closeTo(0.03),
    expect.closeTo(0.06),
  ]);
  expect(holm([0.9, 0.8])).toEqual([1, 1]);
});

test('groups are the longest runs within the critical difference', () => {
  expect(groupsOf([1, 1.5, 2.2, 4], 1)).toEqual([
    [1, 1.5],
    [1.5, 2.2],
  ]);
  expect(groupsOf([1, 1.2, 1.4], 1)).toEqual([[1, 1.4]]);
  expect(groupsOf([1, 3], 1)).toEqual([]);
});

test('the diagram names every treatment, and text cannot become markup', () => {
  const svg = criticalDifferenceDiagram({
    treatments: ['a<b>&c', 'hard', 'random'],
    scores: [
      [3, 2, 1],
      [3, 2, 1],
    ],
  });
  expect(svg).toContain('a&lt;b&gt;&amp;c (1.00)');
  expect(svg).toContain('random (3.00)');
  expect(svg).not.toMatch(/NaN|undefined/);
});

test('one treatment, and more than the table of quantiles has, are refused', () => {
  expect(() => meanRanks({ treatments: ['a'], scores: [[1]] })).toThrow('a list of 2 to 20');
});
