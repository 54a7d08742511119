import * as tf from '@tensorflow/tfjs-core';
import { checkEmbeddings, checkNumber } from './check-arguments.ts';
import { isPositive } from './is-positive.ts';

/** Cells of the largest difference that a block works on. */
const blockSize = 2 ** 20;

export interface LpDistancesOptions {
  /** The exponent p, at least 1. 1 by default: the sum of absolute differences. */
  readonly p?: number;
  /** Refuse NaN and infinities, which costs a synchronous read of one number. `true` by default. */
  readonly checkFinite?: boolean;
}

/**
 * Minkowski distances (sum of |x_i - y_j|^p)^(1/p). For p = 2 pairwiseDistances is far faster.
 *
 * Works in blocks of anchors and computes the differences again for the gradient. A zero distance has gradient 0.
 *
 * @param x [anchors, dimension]
 * @param y [candidates, dimension]; `x` itself where `undefined`
 * @param options p
 * @returns [anchors, candidates], >= 0
 * @throws InvalidArgumentError where a shape or p is wrong
 * @throws NonFiniteInputError where an input holds NaN or an infinity
 */
export function lpDistances(
  x: tf.Tensor2D,
  y?: tf.Tensor2D,
  { p = 1, checkFinite = true }: LpDistancesOptions = {},
): tf.Tensor2D {
  const where = 'lpDistances';
  checkEmbeddings(where, x, y, checkFinite);
  checkNumber(where, 'p', p, { minimum: 1 });
  return tf.tidy(() => withPower(p)(x, y ?? x));
}

function withPower(p: number): (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Tensor2D {
  return tf.customGrad((...args) => {
    const [x, y, save] = args as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc];
    const distances = tf.concat(
      blocksOf(x, y).map(([start, rows]) =>
        tf.tidy(() => {
          const size = tf.abs(differences(x, y, start, rows));
          return p === 1 ? tf.sum(size, 2) : tf.pow(tf.sum(tf.pow(size, p), 2), 1 / p);
        }),
      ),
    );
    save([x, y, distances]);
    return {
      value: distances,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [from, to, d] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const parts = blocksOf(from, to).map(([start, rows]) =>
          tf.tidy(() => {
            const slope = tf.slice(dy, [start, 0], [rows, -1]);
            const length = tf.slice(d, [start, 0], [rows, -1]);
            const difference = differences(from, to, start, rows);
            const safe = tf.where(tf.greater(length, 0), length, tf.onesLike(length));
            const power = tf.pow(tf.div(tf.abs(difference), tf.expandDims(safe, 2)), p - 1);
            const gradient = tf.mul(tf.mul(signOf(difference), power), tf.expandDims(slope, 2));
            return [tf.sum(gradient, 1), tf.neg(tf.sum(gradient, 0))] as [tf.Tensor2D, tf.Tensor2D];
          }),
        );
        return [tf.concat(parts.map(([rows]) => rows)), tf.addN(parts.map(([, columns]) => columns))];
      },
    };
  }) as (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Tensor2D;
}

function blocksOf(x: tf.Tensor2D, y: tf.Tensor2D): [start: number, rows: number][] {
  const step = Math.max(1, Math.floor(blockSize / y.size));
  return Array.from({ length: Math.ceil(x.shape[0] / step) }, (_, b) => [
    b * step,
    Math.min(step, x.shape[0] - b * step),
  ]);
}

/** [rows, candidates, dimension]. */
function differences(x: tf.Tensor2D, y: tf.Tensor2D, start: number, rows: number): tf.Tensor {
  return tf.sub(tf.expandDims(tf.slice(x, [start, 0], [rows, -1]), 1), tf.expandDims(y, 0));
}

/** -1, 0 or 1, for differences of any size. */
function signOf(difference: tf.Tensor): tf.Tensor {
  return tf.sub(isPositive(difference), isPositive(tf.neg(difference)));
}
