import * as tf from '@tensorflow/tfjs-core';

/**
 * A matrix each of whose numbers a function makes of a few consecutive ones of another matrix's row.
 *
 * @param group how many numbers become one
 * @param map writes the results, and the slope of its result at every cell
 */
export function hostMap(
  matrix: tf.Tensor2D,
  group: number,
  map: (cells: Float32Array, results: Float32Array, slopes: Float32Array) => void,
): tf.Tensor2D {
  const shape: [number, number] = [matrix.shape[0], matrix.shape[1] / group];
  const op = tf.customGrad((input) => {
    const cells = (input as tf.Tensor).dataSync() as Float32Array;
    const results = new Float32Array(cells.length / group);
    const slopes = new Float32Array(cells.length);
    map(cells, results, slopes);
    return {
      value: tf.tensor2d(results, shape),
      // Asked for once, so the slopes are free to be changed.
      gradFunc: (dy: tf.Tensor) => {
        const factors = dy.dataSync() as Float32Array;
        for (let i = 0, result = 0; i < slopes.length; result++) {
          const factor = factors[result]!;
          for (const end = i + group; i < end; i++) slopes[i]! *= factor;
        }
        return tf.tensor2d(slopes, matrix.shape);
      },
    };
  });
  return op(matrix) as tf.Tensor2D;
}
