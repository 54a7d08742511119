import * as tf from '@tensorflow/tfjs-core';
import { shareOf, type HostSlopes } from './host-loss.ts';
import type { Reduction } from './reduction.ts';

/** The embeddings, or the weights, beside their products. */
export interface HostSide {
  /** 1 / length of every row, and 0 for a row of zeros. */
  readonly inverse: Float64Array;
  /** Slopes that do not come through the products: what to add of every row to its own gradient. 0 at first. */
  readonly along: Float64Array;
}

/** How products are formed. */
interface ProductOptions {
  /** Whose rows are taken at length 1; where they are not, the slopes in the products are those at their length. */
  readonly unit: { readonly embeddings: boolean; readonly weights: boolean };
  /** Multiplies the products. */
  readonly scale: number;
  readonly reduction: Reduction;
  /** How many terms there are. */
  readonly count: number;
}

/** The smallest normal float32, about. */
const smallest = 1.2e-38;

/**
 * A loss of the products of embeddings and weights: one product of matrices forward and two backward, with a loop
 * between them on numbers that were read.
 *
 * @param slopesOf gets the products [embeddings x weights], which nobody else needs
 */
export function productLoss(
  embeddings: tf.Tensor2D,
  weights: tf.Tensor2D,
  { unit, scale, reduction, count }: ProductOptions,
  slopesOf: (products: Float32Array, embeddings: HostSide, weights: HostSide) => HostSlopes,
): tf.Scalar {
  const op = tf.customGrad((...args) => {
    const [x, w, save] = args as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    const [rows, columns] = [readRows(x, unit.embeddings, 1), readRows(w, unit.weights, scale)];
    const products = tf.matMul(rows.factor, columns.factor, false, true).dataSync() as Float32Array;
    const { slopes, sum, positive } = slopesOf(products, rows, columns);
    const share = shareOf(reduction, count, positive);
    save([rows.factor, columns.factor]);
    return {
      value: tf.scalar(sum * share),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [from, to] = saved as [tf.Tensor2D, tf.Tensor2D];
        const matrix = tf.tensor2d(slopes, [from.shape[0], to.shape[0]]);
        const factor = dy.dataSync()[0]! * share;
        return [
          gradientOf(rows, tf.matMul(matrix, to), factor),
          gradientOf(columns, tf.matMul(matrix, from, true), factor),
        ];
      },
    };
  });
  return op(embeddings, weights) as tf.Scalar;
}

interface Rows extends HostSide {
  readonly numbers: Float32Array;
  readonly unit: boolean;
  readonly scale: number;
  /** What is multiplied. */
  readonly factor: tf.Tensor2D;
}

function readRows(rows: tf.Tensor2D, unit: boolean, scale: number): Rows {
  const [count, dimension] = rows.shape;
  const numbers = rows.dataSync() as Float32Array;
  const inverse = new Float64Array(count);
  const scaled = new Float32Array(numbers.length);
  for (let row = 0; row < count; row++) {
    const [start, end] = [row * dimension, (row + 1) * dimension];
    let squared = 0;
    for (let i = start; i < end; i++) squared += numbers[i]! * numbers[i]!;
    const one = squared < smallest ? 0 : 1 / Math.sqrt(squared);
    inverse[row] = one;
    const multiplier = unit ? scale * one : scale;
    for (let i = start; i < end; i++) scaled[i] = numbers[i]! * multiplier;
  }
  const factor = tf.tensor2d(scaled, rows.shape);
  return { numbers, inverse, along: new Float64Array(count), unit, scale, factor };
}

/** The gradient of rows, of the gradient of their factor of the products. */
function gradientOf(
  { numbers, inverse, along, unit, scale }: Rows,
  product: tf.Tensor2D,
  factor: number,
): tf.Tensor2D {
  const gradient = product.dataSync() as Float32Array;
  const dimension = product.shape[1];
  for (let row = 0; row < along.length; row++) {
    const [start, end] = [row * dimension, (row + 1) * dimension];
    const multiplier = unit ? scale * inverse[row]! : scale;
    let own = along[row]!;
    if (unit) {
      // A direction has nothing to gain along itself.
      let radial = 0;
      for (let i = start; i < end; i++) radial += gradient[i]! * numbers[i]!;
      own -= radial * multiplier * inverse[row]! ** 2;
    }
    const [through, of] = [factor * multiplier, factor * own];
    for (let i = start; i < end; i++) gradient[i] = through * gradient[i]! + of * numbers[i]!;
  }
  return tf.tensor2d(gradient, product.shape);
}
