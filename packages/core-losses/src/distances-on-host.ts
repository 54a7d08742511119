import * as tf from '@tensorflow/tfjs-core';
import { mirrorBlock } from './mirror-block.ts';
import { productOfNumbers } from './product-of-numbers.ts';

/**
 * What `squaredDistances` gives, and its root where asked for, with one product on the engine.
 *
 * |x|^2 + |y|^2 - 2 x.y has lost its digits where points are close beside their lengths. So the points are moved
 * first, to have their mean at the origin, and the few cells that are still close take the sum of squared
 * differences. A distance of copies is exactly 0 for that, and any distance is right to a few roundings of float32.
 */
export function distancesOnHost(x: tf.Tensor2D, y: tf.Tensor2D, root: boolean): tf.Tensor2D {
  // Below this share of the squared lengths of both points a squared distance is computed anew, in double precision;
  // and below this, since the products of small float32 numbers come to nothing.
  const [close, small] = [1 / 16, 1e-30];
  const [rows, dimension] = x.shape;
  const columns = y.shape[0];
  const own = x === y;
  const from = x.dataSync() as Float32Array;
  const to = own ? from : (y.dataSync() as Float32Array);
  const origin = meanOf(from, dimension);
  const a = move(from, origin);
  const b = own ? a : move(to, origin);
  const { squared: lengths } = a;
  const { squared: otherLengths } = b;
  // Nobody else has the products, and a new array of this size takes longer than the loop.
  const cells = productOfNumbers(a.points, b.points, [x.shape, y.shape], false, true);
  for (let top = 0; top < rows; top += mirrorBlock.rows) {
    for (let left = own ? top : 0; left < columns; left += mirrorBlock.columns) {
      const bottom = Math.min(rows, top + mirrorBlock.rows);
      const right = Math.min(columns, left + mirrorBlock.columns);
      for (let row = top; row < bottom; row++) {
        for (let column = own ? Math.max(row + 1, left) : left; column < right; column++) {
          const i = row * columns + column;
          const both = lengths[row]! + otherLengths[column]!;
          let squared = both - 2 * cells[i]!;
          // NaN comes here, too, and stays what it is.
          if (!(squared > close * both + small)) squared = difference(from, row, to, column, dimension);
          const distance = root ? Math.sqrt(squared) : squared;
          cells[i] = distance;
          if (own) cells[column * rows + row] = distance;
        }
      }
    }
  }
  if (own) for (let row = 0; row < rows; row++) cells[row * rows + row] = 0;
  return tf.tensor2d(cells, [rows, columns]);
}

/** The squared distance of two rows, in double precision. */
function difference(
  from: Float32Array,
  row: number,
  to: Float32Array,
  column: number,
  dimension: number,
): number {
  let squared = 0;
  for (let i = row * dimension, j = column * dimension, end = i + dimension; i < end; i++, j++) {
    squared += (from[i]! - to[j]!) ** 2;
  }
  return squared;
}

function meanOf(rows: Float32Array, dimension: number): Float64Array {
  const mean = new Float64Array(dimension);
  for (let i = 0; i < rows.length;) for (let k = 0; k < dimension; k++, i++) mean[k]! += rows[i]!;
  const share = dimension / rows.length;
  for (let k = 0; k < dimension; k++) mean[k]! *= share;
  return mean;
}

/** Rows as seen from the origin, and their squared lengths. */
function move(rows: Float32Array, origin: Float64Array) {
  const dimension = origin.length;
  const points = new Float32Array(rows.length);
  const squared = new Float64Array(rows.length / dimension);
  for (let row = 0, i = 0; row < squared.length; row++) {
    let sum = 0;
    for (let k = 0; k < dimension; k++, i++) {
      const coordinate = Math.fround(rows[i]! - origin[k]!);
      points[i] = coordinate;
      sum += coordinate * coordinate;
    }
    squared[row] = sum;
  }
  return { points, squared };
}
