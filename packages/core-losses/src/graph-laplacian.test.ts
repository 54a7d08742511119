import { expect, test } from 'vitest';
import { expectClose, randomMatrix } from '../test/expect-loss.ts';
import { graphLaplacian } from './graph-laplacian.ts';

// More rows than one block has.
const n = 70;
const slopes = randomMatrix(n, n, 1);
const numbers = randomMatrix(n, n, 2);
const distances = numbers.map((row, i) =>
  row.map((v, j) => {
    const distance = Math.fround(Math.abs(v + numbers[j]![i]!));
    return distance < 0.1 ? 0 : distance;
  }),
);

test.each([false, true])('agrees with loops, distances given: %s', (given) => {
  const weight = (i: number, j: number) => {
    if (!given) return 2 * slopes[i]![j]!;
    return distances[i]![j] === 0 ? 0 : slopes[i]![j]! / distances[i]![j]!;
  };
  const expected = slopes.map((row, i) => {
    const edges = row.map((_, j) => (i === j ? 0 : -weight(i, j) - weight(j, i)));
    edges[i] = -edges.reduce((sum, edge) => sum + edge, 0);
    return edges;
  });
  const got = graphLaplacian(
    Float32Array.from(slopes.flat()),
    n,
    given ? Float32Array.from(distances.flat()) : undefined,
  );
  expectClose([...got], expected.flat(), 1e-6);
  expect(got.length).toBe(n * n);
});
