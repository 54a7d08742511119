import { onEveryPath } from './select-backend.ts';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

export type Matrix = readonly (readonly number[])[];

/** Seeded numbers from the normal distribution, [rows][columns], exactly representable in float32. */
export function randomMatrix(rows: number, columns: number, seed = 1, scale = 1): number[][] {
  let state = seed * 2654435761 + 12345;
  const uniform = () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    let word = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    word ^= word >>> 15;
    return ((word >>> 0) + 0.5) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () => Math.fround(scale * normal())),
  );
}

/** Central differences of a function in double precision. */
export function numericGradient(f: (x: number[][]) => number, x: Matrix): number[][] {
  const size = Math.max(1e-300, ...x.flat().map(Math.abs));
  const step = 1e-6 * size;
  const point = x.map((row) => [...row]);
  return x.map((row, i) =>
    row.map((value, j) => {
      point[i]![j] = value + step;
      const after = f(point);
      point[i]![j] = value - step;
      const before = f(point);
      point[i]![j] = value;
      return (after - before) / (2 * step);
    }),
  );
}

/** All numbers near all others, relative to the largest of them. */
export function expectClose(
  got: readonly number[],
  expected: readonly number[],
  tolerance: number,
  absolute = 0,
): void {
  expect(got.length).toBe(expected.length);
  const size = Math.max(...expected.map(Math.abs), 0);
  const worst = got.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  const isClose = worst <= tolerance * size + absolute;
  expect(isClose ? 'close' : { worst, size, got: got.slice(0, 24), expected: expected.slice(0, 24) }).toBe(
    'close',
  );
}

/** Where a loss is 0 by definition, float32 leaves this. */
const rounding = 2e-7;

/**
 * The loss has the oracle's value and its gradient (central differences of the oracle in double precision), and
 * leaves no tensor behind.
 */
export function expectLoss(
  loss: (x: tf.Tensor2D) => tf.Tensor,
  oracle: (x: number[][]) => number,
  x: Matrix,
  tolerance = 1e-5,
): void {
  const expected = oracle(x.map((row) => [...row]));
  const slopes = numericGradient(oracle, x).flat();
  onEveryPath(() => {
    const input = tf.tensor2d(x as number[][]);
    const before = tf.memory().numTensors;
    const plain = loss(input);
    const plainValue = plain.dataSync()[0]!;
    plain.dispose();
    const { value, grad } = tf.valueAndGrad((t: tf.Tensor) => loss(t as tf.Tensor2D))(input);
    const got = value.dataSync()[0]!;
    const gradient = [...grad.dataSync()];
    tf.dispose([value, grad]);
    expect(tf.memory().numTensors, 'tensors left behind').toBe(before);
    input.dispose();
    expect(got).toBe(plainValue);
    expectClose([got], [expected], tolerance, rounding);
    expectClose(gradient, slopes, tolerance, rounding);
  });
}
