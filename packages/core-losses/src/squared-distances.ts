import * as tf from '@tensorflow/tfjs-core';

/** What {@link squaredDistances} needs to know of one side. */
interface Split {
  /** Coordinates rounded to a grid so coarse that dot products of them are exact in float32. */
  readonly high: tf.Tensor2D;
  /** What rounding left: high + low is the coordinate exactly. */
  readonly low: tf.Tensor2D;
  /** 2 high + low. */
  readonly mixed: tf.Tensor2D;
  /** Squared lengths of `high`, [n]. */
  readonly highSquared: tf.Tensor1D;
  /** Dot products of `low` and `mixed`, row by row, [n]. */
  readonly lowMixed: tf.Tensor1D;
  /** A bound on the rounding error of what is made of `low` and `mixed`, [n]. */
  readonly error: tf.Tensor1D;
}

/** The rounding error of a float32 sum of products, in parts of the sum of their magnitudes. */
const relativeError = 2 ** -21;

/**
 * Squared Euclidean distances of all rows of `x` to all rows of `y`, without a gradient, [rows of x, rows of y].
 *
 * The usual |x|^2 + |y|^2 - 2 x.y loses everything for close points: float32 leaves an error of 1e-7 of the
 * squared lengths. Here x = h + l, where h has so few bits that its dot products are exact (integers below 2^24
 * in units of the grid squared), and
 *   |x - y|^2 = |hx - hy|^2 + (lx - ly).(2 hx + lx - 2 hy - ly),
 * whose first part is exact and whose second part is small, so is its error. What lies below that error is 0:
 * the distance of a row to itself or to a copy is exactly 0.
 */
export function squaredDistances(x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor2D {
  const xLengths = tf.sum(tf.square(x), 1);
  const yLengths = x === y ? xLengths : tf.sum(tf.square(y), 1);
  const largest = x === y ? tf.max(xLengths) : tf.maximum(tf.max(xLengths), tf.max(yLengths));
  // Adding and subtracting a number c rounds to a multiple of the last bit of c.
  const rounding = tf.mul(tf.sqrt(largest), 2 ** 13);
  const a = split(x, rounding);
  const b = x === y ? a : split(y, rounding);
  const coarse = tf.sub(
    tf.add(asColumn(a.highSquared), b.highSquared),
    tf.mul(tf.matMul(a.high, b.high, false, true), 2),
  );
  const cross = tf.matMul(tf.concat([a.low, a.mixed], 1), tf.concat([b.mixed, b.low], 1), false, true);
  const fine = tf.sub(tf.add(asColumn(a.lowMixed), b.lowMixed), cross);
  const squared = tf.add(coarse, fine);
  const threshold = tf.add(asColumn(a.error), b.error);
  return tf.mul(squared, tf.cast(tf.greater(squared, threshold), 'float32')) as tf.Tensor2D;
}

function split(x: tf.Tensor2D, rounding: tf.Tensor): Split {
  const high = tf.sub(tf.add(x, rounding), rounding) as tf.Tensor2D;
  const low = tf.sub(x, high) as tf.Tensor2D;
  const mixed = tf.add(tf.mul(high, 2), low) as tf.Tensor2D;
  const products = tf.mul(low, mixed);
  return {
    high,
    low,
    mixed,
    highSquared: tf.sum(tf.square(high), 1),
    lowMixed: tf.sum(products, 1),
    error: tf.mul(tf.sum(tf.abs(products), 1), relativeError),
  };
}

function asColumn(v: tf.Tensor1D): tf.Tensor {
  return tf.reshape(v, [-1, 1]);
}
