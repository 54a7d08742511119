import * as tf from '@tensorflow/tfjs-core';
import { engineKernel } from './engine-kernel.ts';
import { lossOfTerms, reducesOnHost, type TermsAndSlopes } from './host-loss.ts';
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
  return lossOfTerms(logits, reduction, targets.length, (x, weight) =>
    crossEntropies(x, targets, { weight }),
  );
}

/** What the logits of a cross-entropy are beside the cells of a matrix. */
interface LogitsOfCells {
  /** Added to the logits of all rows, [classes]. */
  readonly bias?: tf.Tensor1D;
  /** The logits of the targets instead of what the cells say, [rows]. The numbers of the cells may get lost then. */
  readonly right?: Float32Array | undefined;
  /** Multiplies the slopes of the targets, [rows]. */
  readonly slope?: Float32Array | undefined;
  /** A class has so many cells, one after the other, of which the largest counts and, of equal ones, the first. */
  readonly centers?: number;
  /** Multiplies all slopes. 1 by default. */
  readonly weight?: number;
}

/** Cross-entropies of the rows, [rows], their slopes in the cells, and in the bias where there is one. */
interface CrossEntropies extends TermsAndSlopes {
  readonly ofBias?: tf.Tensor1D | undefined;
}

/**
 * The cross-entropies of all rows, where numbers can be read: by one kernel of the engine, or, where it has none, by
 * loops that leave the exponentials to the engine, which takes a few at a time.
 *
 * @param cells [rows, classes x centers]
 * @param targets the right class of every row, [rows]
 */
export function crossEntropies(
  cells: tf.Tensor2D,
  targets: Int32Array,
  { bias, right, slope, centers = 1, weight = 1 }: LogitsOfCells = {},
): CrossEntropies {
  const inputs: Record<string, tf.Tensor> = { cells, targets: tf.tensor1d(targets, 'int32') };
  if (bias !== undefined) inputs['bias'] = bias;
  if (right !== undefined) inputs['right'] = tf.tensor1d(right);
  if (slope !== undefined) inputs['slope'] = tf.tensor1d(slope);
  const native = engineKernel('FtCrossEntropy', inputs, { centers, weight });
  if (native !== undefined) {
    const [terms, slopes, ofBias] = native as [tf.Tensor1D, tf.Tensor2D, tf.Tensor1D];
    return { terms: terms.dataSync() as Float32Array, slopes, ofBias };
  }
  const shape: [number, number] = [cells.shape[0], cells.shape[1] / centers];
  const largest = centers === 1 ? undefined : largestOf(cells.dataSync() as Float32Array, centers);
  let logits = largest === undefined ? cells : tf.tensor2d(largest.numbers, shape);
  if (bias !== undefined) logits = tf.add(logits, bias);
  if (right !== undefined) {
    const numbers = logits.dataSync() as Float32Array;
    for (let row = 0; row < shape[0]; row++) numbers[row * shape[1] + targets[row]!] = right[row]!;
    logits = tf.tensor2d(numbers, shape);
  }
  const { terms, slopes } = byLoops(logits, targets, slope);
  const all = tf.tensor2d(largest?.spread(slopes) ?? slopes, cells.shape);
  const weighted = weight === 1 ? all : tf.mul<tf.Tensor2D>(all, weight);
  return { terms, slopes: weighted, ofBias: bias && tf.sum<tf.Tensor1D>(weighted, 0) };
}

/** Below this the softmax of the right column is no longer precise enough to tell the cross-entropy. */
const smallest = 1e-30;

function byLoops(logits: tf.Tensor2D, targets: Int32Array, slope?: Float32Array) {
  const columns = logits.shape[1];
  const slopes = tf.softmax(logits).dataSync() as Float32Array;
  const terms = new Float64Array(targets.length);
  let cells: Float32Array | undefined;
  for (let row = 0; row < targets.length; row++) {
    const start = row * columns;
    const right = start + targets[row]!;
    const probability = slopes[right]!;
    terms[row] = -Math.log(probability);
    if (!(probability > smallest)) {
      cells ??= logits.dataSync() as Float32Array;
      terms[row] = logSumExp(cells, start, start + columns) - cells[right]!;
    }
    slopes[right] = (probability - 1) * (slope?.[row] ?? 1);
  }
  return { terms, slopes };
}

/** Far below any difference of two float32 numbers. */
const tiny = 1e-300;

/** The largest of every few cells. `spread` gives their slopes to the cells that they were in. */
function largestOf(cells: Float32Array, few: number) {
  const numbers = new Float32Array(cells.length / few);
  const places = new Int32Array(numbers.length);
  for (let i = 0, start = 0; i < numbers.length; i++, start += few) {
    let most = cells[start]!;
    let best = start;
    for (let j = start + 1; j < start + few; j++) {
      const rise = cells[j]! - most;
      // Any may be the largest, so a branch on that would often be guessed wrong.
      const twice = rise + Math.abs(rise);
      most += twice / 2;
      best += (twice / (twice + tiny)) * (j - best);
    }
    numbers[i] = most;
    places[i] = best;
  }
  return {
    numbers,
    spread(slopes: Float32Array): Float32Array {
      const all = new Float32Array(cells.length);
      for (let i = 0; i < slopes.length; i++) all[places[i]!] = slopes[i]!;
      return all;
    },
  };
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
