import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { labelledPairs } from './labelled-pairs.ts';

test('all pairs of a small set, each once, with its truth', () => {
  const labels = Int32Array.of(7, 7, 3, 3, 3, 9);
  const { a, b, same, identityA, identityB } = labelledPairs(labels, createRandom(1));
  expect(a).toHaveLength(15);
  expect(new Set(Array.from(a, (first, pair) => `${first} ${b[pair]}`)).size).toBe(15);
  for (const [pair, first] of a.entries()) {
    expect(first).toBeLessThan(b[pair]!);
    expect([identityA[pair], identityB[pair]]).toEqual([labels[first], labels[b[pair]!]]);
    expect(same[pair]).toBe(labels[first] === labels[b[pair]!] ? 1 : 0);
  }
  expect(same.reduce((sum, value) => sum + value)).toBe(4);
});

test('no more of a large set than can be measured many times, without repetition', () => {
  const labels = Int32Array.from({ length: 900 }, (_, i) => (i < 200 ? 0 : i));
  const { a, b, same } = labelledPairs(labels, createRandom(1));
  expect(a).toHaveLength(50_000);
  expect(same.reduce((sum, value) => sum + value)).toBe(10_000);
  expect(new Set(Array.from(a, (first, pair) => first * 900 + b[pair]!)).size).toBe(50_000);
});

test.each([[Int32Array.of(1, 1)], [Int32Array.of(1, 2)], [Int32Array.of(1)]])('refuses %o', (labels) => {
  expect(() => labelledPairs(labels, createRandom(1))).toThrow(
    '--data must be two people or more, and two images or more of some',
  );
});
