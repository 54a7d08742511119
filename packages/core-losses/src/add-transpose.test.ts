import { expect, test } from 'vitest';
import { randomMatrix } from '../test/expect-loss.ts';
import { addTranspose } from './add-transpose.ts';

test.each([1, 5, 64, 131])('agrees with loops, n = %i', (n) => {
  const cells = randomMatrix(n, n, n);
  const expected = cells.map((row, i) => row.map((v, j) => Math.fround(v + cells[j]![i]!)));
  expect([...addTranspose(Float32Array.from(cells.flat()), n)]).toEqual(expected.flat());
});
