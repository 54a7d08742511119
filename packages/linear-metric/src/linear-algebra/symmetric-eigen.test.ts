import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { symmetricEigen } from './symmetric-eigen.ts';

const symmetric = fc.integer({ min: 1, max: 9 }).chain((n) =>
  fc
    .array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: n * n, maxLength: n * n })
    .map((values) => {
      const matrix = Float64Array.from(values);
      for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[i * n + j] = matrix[j * n + i]!;
      return { matrix, n };
    }),
);

function expectDecomposition(matrix: Float64Array, n: number, digits: number) {
  const before = Float64Array.from(matrix);
  const { values, vectors } = symmetricEigen(matrix, n);
  expect(matrix).toEqual(before);
  for (let i = 0; i < n; i++) {
    expect(values[i]!).toBeLessThanOrEqual(values[Math.max(0, i - 1)]!);
    for (let j = 0; j < n; j++) {
      let dot = 0;
      let rebuilt = 0;
      for (let k = 0; k < n; k++) {
        dot += vectors[i * n + k]! * vectors[j * n + k]!;
        rebuilt += vectors[k * n + i]! * values[k]! * vectors[k * n + j]!;
      }
      expect(dot).toBeCloseTo(i === j ? 1 : 0, digits);
      expect(rebuilt).toBeCloseTo(matrix[i * n + j]!, digits);
    }
  }
}

test('rebuilds any symmetric matrix from orthonormal vectors', () => {
  fc.assert(fc.property(symmetric, ({ matrix, n }) => expectDecomposition(matrix, n, 9)));
});

test('repeated, zero, tiny and huge eigenvalues', () => {
  expectDecomposition(new Float64Array(16), 4, 12);
  expectDecomposition(Float64Array.of(2, 0, 0, 0, 2, 0, 0, 0, 2), 3, 12);
  expectDecomposition(Float64Array.of(1, 1, 1, 1, 1, 1, 1, 1, 1), 3, 12);
  expectDecomposition(Float64Array.of(1, 0, 0, 0, 0, 1, 0, 1, 0), 3, 12);
  const { values } = symmetricEigen(Float64Array.of(1e120, 0, 0, 1e-120), 2);
  expect([...values]).toEqual([1e120, 1e-120]);
});

test('a random matrix of 60', () => {
  const n = 60;
  const random = createRandom(1);
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) matrix[i * n + j] = matrix[j * n + i] = random.normal();
  expectDecomposition(matrix, n, 11);
});

test('low rank, with a null space that is rounding noise', () => {
  const n = 40;
  const random = createRandom(2);
  const matrix = new Float64Array(n * n);
  for (let k = 0; k < 6; k++) {
    const row = Float64Array.from({ length: n }, () => random.normal());
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) matrix[i * n + j]! += row[i]! * row[j]!;
  }
  expectDecomposition(matrix, n, 11);
  expect(symmetricEigen(matrix, n).values.filter((value) => value > 1e-9)).toHaveLength(6);
});

test('the identity has the identity, exactly', () => {
  const identity = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  expect(symmetricEigen(identity, 3).vectors).toEqual(identity);
});

test('refuses to run for ever on numbers that are not finite', () => {
  expect(() => symmetricEigen(Float64Array.of(1, NaN, NaN, 1), 2)).toThrow('no convergence');
});
