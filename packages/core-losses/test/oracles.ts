import type { Matrix } from './expect-loss.ts';

// Slow and obvious, in double precision.

export const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, v, i) => sum + v * b[i]!, 0);

export const squared = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, v, i) => sum + (v - b[i]!) ** 2, 0);

export const euclidean = (a: readonly number[], b: readonly number[]) => Math.sqrt(squared(a, b));

export const unit = (a: readonly number[]) => {
  const length = Math.sqrt(dot(a, a));
  return a.map((v) => v / length);
};

export const cosine = (a: readonly number[], b: readonly number[]) => dot(unit(a), unit(b));

export const matrixOf = (
  f: (a: readonly number[], b: readonly number[]) => number,
  x: Matrix,
  y: Matrix = x,
): number[][] => x.map((a) => y.map((b) => f(a, b)));

export const sum = (values: readonly number[]) => values.reduce((total, v) => total + v, 0);

export const mean = (values: readonly number[]) => sum(values) / Math.max(1, values.length);

export const nonZeroMean = (values: readonly number[]) => mean(values.filter((v) => v > 0));

export const relu = (x: number) => Math.max(0, x);

export const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
