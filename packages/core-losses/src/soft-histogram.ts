import { Relation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import type { RelationView } from './relation-view.ts';

export interface SoftHistogramOptions {
  readonly low: number;
  readonly high: number;
  /** Intervals between `low` and `high`; there is a node at either end of each. */
  readonly bins: number;
  /** A histogram for every row of the matrix, or one for all of it. */
  readonly perRow: boolean;
}

/**
 * Histograms of the positive and of the negative cells of a matrix, in which every value is shared between the
 * two nodes beside it in proportion to its nearness.
 *
 * Costs two numbers for every cell, whatever the number of bins. Values outside the range count at its ends.
 *
 * @returns [rows or 1, 2, bins + 1]; of the middle axis, 0 is positive and 1 is negative
 */
export function softHistogram(
  matrix: tf.Tensor2D,
  view: RelationView,
  options: SoftHistogramOptions,
): tf.Tensor3D {
  const { low, high, bins, perRow } = options;
  const nodes = bins + 1;
  const groups = perRow ? matrix.shape[0] : 1;
  const width = (high - low) / bins;
  const start = new Int32Array(matrix.size);
  const counts = new Float32Array(matrix.size);
  for (let cell = 0; cell < start.length; cell++) {
    const group = perRow ? Math.floor(cell / matrix.shape[1]) : 0;
    const kind = view.relation[cell]!;
    start[cell] = (group * 2 + (kind === Relation.negative ? 1 : 0)) * nodes;
    counts[cell] = kind === Relation.none ? 0 : 1;
  }
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const flat = tf.reshape(x, [-1]);
    const position = tf.div(tf.sub(tf.clipByValue(flat, low, high), low), width);
    const interval = tf.minimum(tf.floor(position), bins - 1);
    const weight = tf.tensor1d(counts);
    const upper = tf.mul(tf.sub(position, interval), weight);
    const left = tf.add(tf.cast(interval, 'int32'), tf.tensor1d(start, 'int32'));
    const indices = tf.concat([left, tf.add(left, tf.scalar(1, 'int32'))]);
    const shares = tf.concat([tf.sub(weight, upper), upper]);
    save([left, weight]);
    return {
      value: tf.reshape(
        tf.scatterND(tf.expandDims(indices, 1) as tf.Tensor2D, shares, [groups * 2 * nodes]),
        [groups, 2, nodes],
      ),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [at, w] = saved as [tf.Tensor1D, tf.Tensor1D];
        const slopes = tf.reshape(dy, [-1]);
        const difference = tf.sub(
          tf.gather(slopes, tf.add(at, tf.scalar(1, 'int32')) as tf.Tensor1D),
          tf.gather(slopes, at),
        );
        return tf.reshape(tf.mul(difference, tf.mul(w, 1 / width)), matrix.shape);
      },
    };
  });
  return op(matrix) as tf.Tensor3D;
}
