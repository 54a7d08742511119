import * as tf from '@tensorflow/tfjs-core';

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
  const largest = x === y ? longest(x) : tf.maximum(longest(x), longest(y));
  // Adding and subtracting a number c rounds to a multiple of the last bit of c.
  const rounding = tf.mul(tf.sqrt(largest), 2 ** 13);
  const a = split(x, rounding);
  const b = x === y ? a : split(y, rounding);
  // Each step frees its own matrices, so that no more than four live at a time.
  const coarse = tf.tidy(() =>
    tf.sub(
      tf.add(a.highSquared, asRow(b.highSquared)),
      tf.matMul(tf.add(a.high, a.high) as tf.Tensor2D, b.high, false, true),
    ),
  );
  const fine = tf.tidy(() =>
    tf.sub(
      tf.add(a.lowMixed, asRow(b.lowMixed)),
      tf.matMul(tf.concat([a.low, a.mixed], 1), tf.concat([b.mixed, b.low], 1), false, true),
    ),
  );
  const squared = tf.add(coarse, fine);
  tf.dispose([coarse, fine]);
  // `low` is below 2^-11 of the length in every coordinate, and 2^-21 is several roundings of float32.
  const error = tf.mul(largest, 2 ** -32 * Math.sqrt(x.shape[1]));
  return tf.tidy(() => tf.mul(squared, tf.cast(tf.greater(squared, error), 'float32')));
}

/** The squared length of the longest row. */
function longest(rows: tf.Tensor2D): tf.Scalar {
  return tf.max(tf.sum(tf.square(rows), 1));
}

function asRow(column: tf.Tensor2D): tf.Tensor2D {
  return tf.reshape(column, [1, column.shape[0]]);
}

interface Split {
  /** Coordinates rounded to a grid so coarse that dot products of them are exact in float32, [n, dimension]. */
  readonly high: tf.Tensor2D;
  /** Squared lengths of `high`, [n, 1]. */
  readonly highSquared: tf.Tensor2D;
  /** What rounding left: high + low is the coordinate exactly, [n, dimension]. */
  readonly low: tf.Tensor2D;
  /** 2 high + low, [n, dimension]. */
  readonly mixed: tf.Tensor2D;
  /** Dot products of `low` and `mixed`, row by row, [n, 1]. */
  readonly lowMixed: tf.Tensor2D;
}

function split(x: tf.Tensor2D, rounding: tf.Tensor): Split {
  const high = tf.sub(tf.add(x, rounding), rounding) as tf.Tensor2D;
  const low = tf.sub(x, high) as tf.Tensor2D;
  const mixed = tf.add(x, high) as tf.Tensor2D;
  return {
    high,
    highSquared: tf.sum(tf.square(high), 1, true),
    low,
    mixed,
    lowMixed: tf.sum(tf.mul(low, mixed), 1, true),
  };
}
