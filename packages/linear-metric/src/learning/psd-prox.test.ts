import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mirrorUpper } from '../linear-algebra/add-weighted-gram.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import { metricPenalty, psdProx } from './psd-prox.ts';

const n = 3;
const input = fc.record({
  matrix: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 9, maxLength: 9 }),
  step: fc.double({ min: 0.01, max: 2, noNaN: true }),
  trace: fc.double({ min: 0, max: 1, noNaN: true }),
  anchor: fc.double({ min: 0, max: 1, noNaN: true }),
});

function symmetricFrom(values: readonly number[]): Float64Array {
  const matrix = Float64Array.from(values);
  mirrorUpper(matrix, n);
  return matrix;
}

/** What the proximal step minimises, by the definition. */
function cost(m: Float64Array, v: Float64Array, step: number, penalty: { trace: number; anchor: number }) {
  let apart = 0;
  for (let i = 0; i < m.length; i++) apart += (m[i]! - v[i]!) ** 2;
  return apart / 2 + step * metricPenalty(m, n, penalty);
}

test('no positive semidefinite matrix nearby does better, in 10,000 trials', () => {
  const random = createRandom(1);
  const v = symmetricFrom([1.2, -0.4, 0.3, 0, -0.5, 0.8, 0, 0, 0.6]);
  const penalty = { trace: 0.3, anchor: 0.2 };
  const best = psdProx(v, n, 0.7, penalty);
  const least = cost(best, v, 0.7, penalty);
  expect(symmetricEigen(best, n).values[2]!).toBeCloseTo(0, 12);
  let found = Infinity;
  for (let trial = 0; trial < 10_000; trial++) {
    const size = 10 ** -(trial % 5);
    const other = best.map((value) => value + size * random.normal());
    mirrorUpper(other, n);
    // Made positive semidefinite by the absolute values of its eigenvalues.
    const { values, vectors } = symmetricEigen(other, n);
    const made = new Float64Array(9);
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        for (let k = 0; k < n; k++)
          made[i * n + j]! += vectors[k * n + i]! * Math.abs(values[k]!) * vectors[k * n + j]!;
    found = Math.min(found, cost(made, v, 0.7, penalty));
  }
  expect(found).toBeGreaterThanOrEqual(least - 1e-12);
  expect(found).toBeLessThan(least + 1e-3);
});

test('is symmetric and positive semidefinite, and meets the condition of optimality', () => {
  fc.assert(
    fc.property(input, ({ matrix, step, trace, anchor }) => {
      const v = symmetricFrom(matrix);
      const m = psdProx(v, n, step, { trace, anchor });
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) expect(m[i * n + j]).toBe(m[j * n + i]);
      expect(symmetricEigen(m, n).values[n - 1]!).toBeGreaterThan(-1e-12);
      // G = M - V + step (trace I + anchor (M - I)) must be positive semidefinite, with <G, M> = 0.
      const g = m.map((value, i) => {
        const identity = i % (n + 1) === 0 ? 1 : 0;
        return value - v[i]! + step * (trace * identity + anchor * (value - identity));
      });
      expect(symmetricEigen(g, n).values[n - 1]!).toBeGreaterThan(-1e-9);
      expect(g.reduce((sum, value, i) => sum + value * m[i]!, 0)).toBeCloseTo(0, 8);
    }),
  );
});

test('the penalty is the sum of the definition', () => {
  expect(metricPenalty(Float64Array.of(2, 1, 1, 3), 2, { trace: 0.5, anchor: 4 })).toBe(
    0.5 * 5 + 2 * (1 + 1 + 1 + 4),
  );
});
