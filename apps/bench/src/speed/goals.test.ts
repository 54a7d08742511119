import { expect, test } from 'vitest';
import { describeGoal, goalOf, reaches } from './goals.ts';

test.each([
  ['loss/nt-xent B=512', '≥ 5×'],
  ['loss/nt-xent B=128', '≥ 1×'],
  ['loss/arcface B=512', '≥ 1×'],
  ['miner/distance-weighted B=2048', '≥ 10×'],
  ['miner/distance-weighted B=128', '≥ 1×'],
  ['data/later passes from the cache', '≥ 20000/s'],
  ['data/data wait in a step', '≤ 2 %'],
  ['training step/reference B=32', '≥ 1×'],
  ['embedding/dlib, 256 images', '≥ 1×'],
  ['mining/share of a step, reference B=256', '≤ 10 %'],
  ['engine/wasm training step beside native B=8', '≥ 0.17×'],
  ['evaluation/View 2', '≤ 1 s'],
])('%s has the goal %s', (id, words) => {
  expect(describeGoal(goalOf(id)!)).toBe(words);
});

test('a goal is reached at its limit, and only where it can be judged', () => {
  expect(reaches({ kind: 'ratio', least: 5 }, { ms: 1, ratio: 5 })).toBe(true);
  expect(reaches({ kind: 'ratio', least: 5 }, { ms: 1, ratio: 4.99 })).toBe(false);
  expect(reaches({ kind: 'ratio', most: 0.1 }, { ms: 1, ratio: 0.11 })).toBe(false);
  expect(reaches({ kind: 'ratio', least: 5 }, { ms: 1 })).toBeUndefined();
  expect(reaches({ kind: 'ms', most: 1000 }, { ms: 1001 })).toBe(false);
  expect(reaches({ kind: 'share', most: 0.02 }, { ms: 0.019 })).toBe(true);
  expect(reaches({ kind: 'perSecond', least: 20_000 }, { ms: 20, items: 400 })).toBe(true);
  expect(reaches({ kind: 'perSecond', least: 20_000 }, { ms: 21, items: 400 })).toBe(false);
  expect(reaches(undefined, { ms: 1 })).toBeUndefined();
});
