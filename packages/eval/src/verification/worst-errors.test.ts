import { expect, test } from 'vitest';
import { worstErrors } from '../index.ts';

const pairs = { distances: [1, 2, 3, 4, 5, 6, 7], same: [0, 1, 0, 1, 1, 0, 1] };

test('wrong pairs by kind, the worst first, no more than asked for', () => {
  expect(worstErrors(pairs, 3.5, 2)).toEqual({
    falseAccepts: [
      { pair: 0, distance: 1, threshold: 3.5 },
      { pair: 2, distance: 3, threshold: 3.5 },
    ],
    falseRejects: [
      { pair: 6, distance: 7, threshold: 3.5 },
      { pair: 4, distance: 5, threshold: 3.5 },
    ],
  });
});

test('each pair is judged by its own threshold, exclusive', () => {
  const { falseAccepts, falseRejects } = worstErrors(pairs, [1, 2, 9, 9, 9, 9, 9], 9);
  expect(falseRejects).toEqual([{ pair: 1, distance: 2, threshold: 2 }]);
  expect(falseAccepts.map(({ pair }) => pair)).toEqual([2, 5]);
});

test.each([
  [() => worstErrors(pairs, [1, 2], 1), 'threshold must be a finite number, or one for each pair'],
  [() => worstErrors(pairs, 1, 0), 'count must be an integer from 1, got 0'],
  [() => worstErrors({ distances: [1], same: [] }, 1, 1), 'same must be of the length of distances, 1'],
])('refuses: %s', (call, message) => {
  expect(call).toThrow(message);
});
