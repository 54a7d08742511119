import * as tf from '@tensorflow/tfjs-core';
import { relativeError } from './squared-distances.ts';

/** Rows and columns of a block whose cells and mirrored cells fit into the cache together. */
const block = 64;

/**
 * What `squaredDistances` gives, and its root where asked for, with products on the engine and the rest in loops:
 * the same split of the rows, the same limit below which a distance is 0.
 */
export function distancesOnHost(x: tf.Tensor2D, y: tf.Tensor2D, root: boolean): tf.Tensor2D {
  const [rows, dimension] = x.shape;
  const columns = y.shape[0];
  const own = x === y;
  const from = x.dataSync() as Float32Array;
  const to = own ? from : (y.dataSync() as Float32Array);
  const largest = Math.max(longest(from, dimension), own ? 0 : longest(to, dimension));
  const a = split(from, dimension, Math.sqrt(largest) * 2 ** 13);
  const b = own ? a : split(to, dimension, Math.sqrt(largest) * 2 ** 13);
  const coarse = product(a.high, b.high, dimension);
  const fine = product(a.low, b.mixed, dimension);
  const error = largest * relativeError * Math.sqrt(dimension);
  // Nobody else has the products, and a new array of this size takes longer than the loop.
  const distances = coarse;
  const distance = (row: number, column: number, i: number, otherFine: number) => {
    const squared =
      a.highSquared[row]! +
      b.highSquared[column]! -
      2 * coarse[i]! +
      (a.lowMixed[row]! + b.lowMixed[column]! - fine[i]! - otherFine);
    if (squared <= error) return 0;
    return root ? Math.sqrt(squared) : squared;
  };
  if (own) {
    for (let row = 0; row < rows; row++) distances[row * rows + row] = 0;
    // The other fine product is the transpose of the first, and so are the distances of themselves.
    for (let top = 0; top < rows; top += block) {
      for (let left = top; left < rows; left += block) {
        for (let row = top; row < Math.min(rows, top + block); row++) {
          for (let column = Math.max(row + 1, left); column < Math.min(rows, left + block); column++) {
            const i = row * rows + column;
            const j = column * rows + row;
            distances[i] = distances[j] = distance(row, column, i, fine[j]!);
          }
        }
      }
    }
  } else {
    const otherFine = product(a.mixed, b.low, dimension);
    for (let row = 0, i = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++, i++) {
        distances[i] = distance(row, column, i, otherFine[i]!);
      }
    }
  }
  return tf.tensor2d(distances, [rows, columns]);
}

/** The squared length of the longest row. */
function longest(rows: Float32Array, dimension: number): number {
  let largest = 0;
  for (let i = 0; i < rows.length;) {
    let squared = 0;
    for (const end = i + dimension; i < end; i++) squared += rows[i]! * rows[i]!;
    // NaN is the largest of all.
    if (!(squared <= largest)) largest = squared;
  }
  return largest;
}

/** Rows as high + low, and what goes with them: see `squaredDistances`. */
function split(rows: Float32Array, dimension: number, rounding: number) {
  const n = rows.length / dimension;
  const high = new Float32Array(rows.length);
  const low = new Float32Array(rows.length);
  const mixed = new Float32Array(rows.length);
  const highSquared = new Float64Array(n);
  const lowMixed = new Float64Array(n);
  const c = Math.fround(rounding);
  for (let row = 0, i = 0; row < n; row++) {
    let squared = 0;
    let mixedSum = 0;
    for (const end = i + dimension; i < end; i++) {
      const value = rows[i]!;
      const h = Math.fround(Math.fround(value + c) - c);
      const l = value - h;
      const m = Math.fround(value + h);
      high[i] = h;
      low[i] = l;
      mixed[i] = m;
      squared += h * h;
      mixedSum += l * m;
    }
    highSquared[row] = squared;
    lowMixed[row] = mixedSum;
  }
  return { high, low, mixed, highSquared, lowMixed };
}

/** Dot products of all rows of `a` to all rows of `b`. */
function product(a: Float32Array, b: Float32Array, dimension: number): Float32Array {
  const dots = tf.tidy(() => {
    const left = tf.tensor2d(a, [a.length / dimension, dimension]);
    const right = a === b ? left : tf.tensor2d(b, [b.length / dimension, dimension]);
    return tf.matMul(left, right, false, true);
  });
  const data = dots.dataSync() as Float32Array;
  dots.dispose();
  return data;
}
