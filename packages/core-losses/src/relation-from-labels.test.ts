import { expect, test } from 'vitest';
import { relationFromLabels } from './relation-from-labels.ts';

test('equal labels are positive, others negative, the anchor itself neither', () => {
  expect([...relationFromLabels(Int32Array.of(5, 3, 5))]).toEqual([0, 2, 1, 2, 0, 2, 1, 2, 0]);
});

test('a reference set has no self unless told', () => {
  const labels = Int32Array.of(5, 3);
  expect([...relationFromLabels(labels, Int32Array.of(5, 3, 5))]).toEqual([1, 2, 1, 2, 1, 2]);
  expect([...relationFromLabels(labels, Int32Array.of(5, 3, 5), Int32Array.of(2, -1))]).toEqual([
    1, 2, 0, 2, 1, 2,
  ]);
});

test('a self index of another length is refused', () => {
  expect(() => relationFromLabels(Int32Array.of(1), undefined, Int32Array.of(0, 0))).toThrow(
    'relationFromLabels: selfIndex must be as long as anchorLabels, 1, got a Int32Array of 2.',
  );
});
