import type { DistanceMeasure } from '@ft/miner-api';

/** Rows of coordinates, row-major. */
export interface Rows {
  readonly data: Float32Array;
  readonly count: number;
  readonly dimension: number;
}

/**
 * Dot products of every row of `a` with every row of `b`, row-major [a.count x b.count]. An engine's matrix
 * product is many times faster than the one here; hand it over where there is one. With TensorFlow.js, read the
 * product outside of `tidy`, which would look for tensors in every number of an array it returns.
 */
export type DotProducts = (a: Rows, b: Rows) => Float32Array;

/** Dot products in plain loops, four columns at a time. */
export const plainDotProducts: DotProducts = (a, b) => {
  const { dimension } = a;
  const out = new Float32Array(a.count * b.count);
  const whole = b.count - (b.count % 4);
  for (let i = 0; i < a.count; i++) {
    const from = i * dimension;
    for (let j = 0; j < whole; j += 4) {
      const at = j * dimension;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let k = 0; k < dimension; k++) {
        const x = a.data[from + k]!;
        s0 += x * b.data[at + k]!;
        s1 += x * b.data[at + dimension + k]!;
        s2 += x * b.data[at + 2 * dimension + k]!;
        s3 += x * b.data[at + 3 * dimension + k]!;
      }
      const cell = i * b.count + j;
      out[cell] = s0;
      out[cell + 1] = s1;
      out[cell + 2] = s2;
      out[cell + 3] = s3;
    }
    for (let j = whole; j < b.count; j++) {
      let sum = 0;
      for (let k = 0; k < dimension; k++) sum += a.data[from + k]! * b.data[j * dimension + k]!;
      out[i * b.count + j] = sum;
    }
  }
  return out;
};

/** Squared length of every row. */
export function squaredNorms({ data, count, dimension }: Rows): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < dimension; k++) sum += data[i * dimension + k]! ** 2;
    return sum;
  });
}

/**
 * Turns dot products into distances, in place.
 *
 * @param products row-major [a x b]
 * @param a squared lengths of the rows
 * @param b squared lengths of the columns
 * @returns the same array; rounding errors below zero become zero
 */
export function distancesFromProducts(
  products: Float32Array,
  a: Float64Array,
  b: Float64Array,
  measure: DistanceMeasure,
): Float32Array {
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < b.length; j++) {
      const cell = i * b.length + j;
      const product = products[cell]!;
      if (measure === 'cosine') {
        products[cell] = Math.max(0, 1 - product / (Math.sqrt(a[i]! * b[j]!) || 1));
      } else {
        const squared = Math.max(0, a[i]! + b[j]! - 2 * product);
        products[cell] = measure === 'euclidean' ? Math.sqrt(squared) : squared;
      }
    }
  }
  return products;
}
