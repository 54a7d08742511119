import * as tf from '@tensorflow/tfjs-core';
import { engineKernel } from './engine-kernel.ts';
import { isPositive } from './is-positive.ts';
import { readsOnHost } from './reads-on-host.ts';

/**
 * Scales every row to Euclidean length 1.
 *
 * A row of zeros, or one too short for its squared length to be a float32 (below about 1e-19), stays zero and
 * gets gradient 0.
 *
 * @param x embeddings, [n, dimension], finite
 * @returns [n, dimension]
 */
export function l2Normalize(x: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => normalize(x));
}

/** The smallest normal float32, about. */
const smallest = 1.2e-38;

const normalize = /* @__PURE__ */ tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
  const native = x.dtype === 'float32' ? engineKernel('FtUnitRows', { x }) : undefined;
  if (native !== undefined) {
    const [unit, inverse] = native as [tf.Tensor2D, tf.Tensor1D];
    save([unit, inverse]);
    return {
      value: unit,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        engineKernel('FtUnitRowsGradient', { dy, y: saved[0]!, inverse: saved[1]! })![0]!,
    };
  }
  if (readsOnHost()) return normalizeOnHost(x);
  const squaredLength = tf.sum(tf.square(x), 1, true);
  // 1 / length, and 0 for a row of zeros.
  const inverse = tf.div(isPositive(squaredLength), tf.sqrt(tf.maximum(squaredLength, smallest)));
  const unit = tf.mul(x, inverse);
  save([unit, inverse]);
  return {
    value: unit,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [u, perLength] = saved as [tf.Tensor2D, tf.Tensor2D];
      const radial = tf.mul(u, tf.sum(tf.mul(dy, u), 1, true));
      return tf.mul(tf.sub(dy, radial), perLength);
    },
  };
}) as (x: tf.Tensor2D) => tf.Tensor2D;

function normalizeOnHost(x: tf.Tensor2D) {
  const [rows, columns] = x.shape;
  const data = x.dataSync() as Float32Array;
  const unit = new Float32Array(data.length);
  const inverse = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const [start, end] = [row * columns, (row + 1) * columns];
    let squared = 0;
    for (let i = start; i < end; i++) squared += data[i]! * data[i]!;
    if (squared < smallest) continue;
    const factor = 1 / Math.sqrt(squared);
    inverse[row] = factor;
    for (let i = start; i < end; i++) unit[i] = data[i]! * factor;
  }
  return {
    value: tf.tensor2d(unit, [rows, columns]),
    gradFunc: (dy: tf.Tensor) =>
      tf.tensor2d(tangential(dy.dataSync() as Float32Array, unit, inverse), [rows, columns]),
  };
}

/** The part of every slope that is at right angles to its unit vector, over the length that the vector had. */
function tangential(slopes: Float32Array, unit: Float32Array, inverse: Float64Array): Float32Array {
  const columns = slopes.length / inverse.length;
  const gradient = new Float32Array(slopes.length);
  for (let row = 0; row < inverse.length; row++) {
    const start = row * columns;
    const end = start + columns;
    let radial = 0;
    for (let i = start; i < end; i++) radial += slopes[i]! * unit[i]!;
    const factor = inverse[row]!;
    for (let i = start; i < end; i++) gradient[i] = (slopes[i]! - radial * unit[i]!) * factor;
  }
  return gradient;
}
