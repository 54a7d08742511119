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

/** Cells that are worked on at a time. */
const blockSize = 2 ** 19;

/**
 * Histograms of the positive and of the negative cells of a matrix, in which every value is shared between the
 * two nodes beside it in proportion to its nearness.
 *
 * Costs two numbers for every cell, whatever the number of bins, in blocks of rows. Values outside the range count
 * at its ends.
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
  const width = (high - low) / bins;
  const [rows, columns] = matrix.shape;
  const step = Math.max(1, Math.floor(blockSize / columns));
  const starts = Array.from({ length: Math.ceil(rows / step) }, (_, block) => block * step);

  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    save([x]);
    const parts = starts.map((start) =>
      tf.tidy(() => {
        const { left, right, lower, upper, height } = sharesOf(x, start);
        const groups = perRow ? height : 1;
        const indices = tf.expandDims(tf.concat([left, right]), 1) as tf.Tensor2D;
        const counts = tf.scatterND(indices, tf.concat([lower, upper]), [groups * 2 * nodes]);
        return tf.reshape(counts, [groups, 2, nodes]);
      }),
    );
    return {
      value: perRow ? tf.concat(parts) : tf.addN(parts),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.concat(
          starts.map((start) =>
            tf.tidy(() => {
              const { left, right, weight, height } = sharesOf(saved[0] as tf.Tensor2D, start);
              const slopes = tf.reshape(perRow ? tf.slice(dy, start, height) : dy, [-1]);
              const difference = tf.sub(tf.gather(slopes, right), tf.gather(slopes, left));
              return tf.reshape(tf.mul(difference, tf.mul(weight, 1 / width)), [height, columns]);
            }),
          ),
        ),
    };
  });
  return op(matrix) as tf.Tensor3D;

  /** Where the cells of a block of rows count, and how much, each as a vector. */
  function sharesOf(x: tf.Tensor2D, start: number) {
    const height = Math.min(step, rows - start);
    const offsets = new Int32Array(height * columns);
    const counts = new Float32Array(height * columns);
    for (let row = 0, i = 0; row < height; row++) {
      const first = perRow ? row * 2 * nodes : 0;
      for (let cell = (start + row) * columns; i < (row + 1) * columns; i++, cell++) {
        const kind = view.relation[cell];
        offsets[i] = kind === Relation.negative ? first + nodes : first;
        counts[i] = kind === Relation.none ? 0 : 1;
      }
    }
    const values = tf.reshape(height === rows ? x : tf.slice(x, [start, 0], [height, columns]), [-1]);
    const position = tf.mul(tf.sub(tf.clipByValue(values, low, high), low), 1 / width);
    const interval = tf.minimum(tf.floor(position), bins - 1);
    const weight = tf.tensor1d(counts);
    const upper = tf.mul(tf.sub(position, interval), weight);
    const left = tf.add<tf.Tensor1D>(tf.cast(interval, 'int32'), tf.tensor1d(offsets, 'int32'));
    const right = tf.add<tf.Tensor1D>(left, tf.scalar(1, 'int32'));
    return { left, right, lower: tf.sub(weight, upper), upper, weight, height };
  }
}
