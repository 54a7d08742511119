import * as tf from '@tensorflow/tfjs-core';
import { reducesOnHost, shareOf, type HostSlopes } from './host-loss.ts';
import { oneHot } from './one-hot.ts';
import { reduce, type Reduction } from './reduction.ts';
import { anchorTerms } from './relation-view.ts';

/**
 * The reduced cross-entropies -log softmax(logits)[target] of all rows.
 *
 * @param logits [rows, columns]
 * @param targets the right column of every row, [rows], checked by the caller
 */
export function crossEntropyLoss(
  where: string,
  logits: tf.Tensor2D,
  targets: Int32Array,
  reduction: Reduction,
): tf.Scalar {
  if (!reducesOnHost(reduction)) {
    const present = new Uint8Array(targets.length).fill(1);
    return reduce(where, anchorTerms(softmaxCrossEntropy(logits, targets), present), reduction);
  }
  const op = tf.customGrad((input) => {
    const { slopes, sum, positive } = crossEntropies(input as tf.Tensor2D, targets);
    const share = shareOf(reduction, targets.length, positive);
    return {
      value: tf.scalar(sum * share),
      gradFunc: (dy: tf.Tensor) => tf.mul(tf.tensor2d(slopes, logits.shape), dy.dataSync()[0]! * share),
    };
  });
  return op(logits) as tf.Scalar;
}

/** Below this the softmax of the right column is no longer precise enough to tell the cross-entropy. */
const smallest = 1e-30;

/**
 * The cross-entropies of all rows with their slopes in the logits, where numbers can be read. The exponentials are
 * left to the engine, which takes a few at a time.
 *
 * @param targets the right column of every row, [rows]
 * @param penalties added to the cross-entropies, [rows]
 */
export function crossEntropies(
  logits: tf.Tensor2D,
  targets: Int32Array,
  penalties?: Float64Array,
): HostSlopes {
  const columns = logits.shape[1];
  const slopes = tf.softmax(logits).dataSync() as Float32Array;
  let cells: Float32Array | undefined;
  let sum = 0;
  let positive = 0;
  for (let row = 0; row < targets.length; row++) {
    const start = row * columns;
    const right = start + targets[row]!;
    const probability = slopes[right]!;
    let term = -Math.log(probability);
    if (!(probability > smallest)) {
      cells ??= logits.dataSync() as Float32Array;
      term = logSumExp(cells, start, start + columns) - cells[right]!;
    }
    term += penalties?.[row] ?? 0;
    sum += term;
    if (term > 0) positive++;
    slopes[right] = probability - 1;
  }
  return { slopes, sum, positive };
}

function logSumExp(cells: Float32Array, start: number, end: number): number {
  let top = cells[start]!;
  for (let i = start; i < end; i++) if (cells[i]! > top) top = cells[i]!;
  let total = 0;
  for (let i = start; i < end; i++) total += Math.exp(cells[i]! - top);
  return top + Math.log(total);
}

/**
 * -log softmax(logits)[target], row by row.
 *
 * @param logits [rows, columns]
 * @param targets the right column of every row, [rows], checked by the caller
 * @returns [rows, 1]
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, targets: Int32Array): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const right = oneHot(targets, x.shape[1]);
    const shifted = tf.sub(x, tf.max(x, 1, true));
    const exponentials = tf.exp(shifted);
    const total = tf.sum(exponentials, 1, true);
    save([exponentials, total, right]);
    return {
      value: tf.sub(tf.log(total), tf.sum(tf.mul(shifted, right), 1, true)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [e, t, o] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return tf.mul(tf.sub(tf.div(e, t), o), dy);
      },
    };
  });
  return op(logits) as tf.Tensor2D;
}
