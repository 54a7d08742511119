import * as tf from '@tensorflow/tfjs-core';

/**
 * The entries of a matrix at given positions of its row-major order, as a vector.
 *
 * `tf.gather` does the same forward, but its gradient needs a kernel that not every backend has; this one needs
 * `scatterND` only. An entry that is gathered twice gets both gradients.
 */
export function gatherEntries(matrix: tf.Tensor2D, positions: Int32Array): tf.Tensor1D {
  const gather = tf.customGrad((...args) => {
    const [m, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const indices = tf.tensor1d(positions, 'int32');
    save([indices]);
    return {
      value: tf.gather(tf.reshape(m, [-1]), indices),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.reshape(tf.scatterND(tf.expandDims(saved[0]!, 1), dy, [matrix.size]), matrix.shape),
    };
  });
  return gather(matrix) as tf.Tensor1D;
}

/** Cells of matrices above this are gathered where few are wanted; below, reading them all takes less time. */
const manyCells = 2 ** 18;

/** Where the entries at two lists of positions lie: in the matrix, or in a vector of them alone. */
export function lookUp(
  matrix: tf.Tensor2D,
  first: Int32Array,
  second: Int32Array,
): { readonly numbers: tf.Tensor; readonly first: Int32Array; readonly second: Int32Array } {
  const count = first.length + second.length;
  if (matrix.size <= manyCells || count > matrix.size / 16) return { numbers: matrix, first, second };
  const positions = new Int32Array(count);
  positions.set(first);
  positions.set(second, first.length);
  const places = Int32Array.from(positions, (_, i) => i);
  return {
    numbers: gatherEntries(matrix, positions),
    first: places.subarray(0, first.length),
    second: places.subarray(first.length),
  };
}

/** The number 0, with a gradient of zeros for the tensor: the loss of an empty selection. */
export function zeroOf(x: tf.Tensor): tf.Scalar {
  const zero = tf.customGrad(() => ({ value: tf.scalar(0), gradFunc: () => tf.zeros(x.shape) }));
  return zero(x) as tf.Scalar;
}
