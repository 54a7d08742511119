import * as tf from '@tensorflow/tfjs-core';
import { expOfNonPositive } from './exp-of-non-positive.ts';
import { readsOnHost } from './reads-on-host.ts';

/** Cells of the largest matrix that a block works on. */
const blockSize = 2 ** 21;

/**
 * How many candidates are more alike to an anchor than one candidate is, smoothly:
 * ranks[m, n] = sum over j of masks[m][row_n, j] sigmoid((s[row_n, j] - s[row_n, column_n]) / temperature).
 *
 * Works through the pairs in blocks and computes the sigmoids again for the gradient, so that memory does not
 * grow with pairs times candidates.
 *
 * @param similarities [anchors, candidates]
 * @param pairs rows and columns of `similarities`, at least one
 * @param masks who counts, one matrix of 0 and 1 for each wanted kind of rank
 * @returns [masks, pairs]
 */
export function smoothRanks(
  similarities: tf.Tensor2D,
  pairs: { readonly rows: Int32Array; readonly columns: Int32Array },
  masks: readonly tf.Tensor2D[],
  temperature: number,
): tf.Tensor2D {
  if (readsOnHost()) return ranksOnHost(similarities, pairs, masks, temperature);
  const [anchors, candidates] = similarities.shape;
  const total = pairs.rows.length;
  const step = Math.max(1, Math.floor(blockSize / candidates));
  const blocks = Array.from({ length: Math.ceil(total / step) }, (_, b) => [
    b * step,
    Math.min(total, (b + 1) * step),
  ]) as [number, number][];

  /** Sigmoids [pairs of the block, candidates], and where these pairs are. */
  const compare = (s: tf.Tensor2D, start: number, end: number) => {
    const rows = tf.tensor1d(pairs.rows.subarray(start, end), 'int32');
    const own = pairs.rows.subarray(start, end).map((row, i) => row * candidates + pairs.columns[start + i]!);
    const cells = tf.tensor1d(own, 'int32');
    const level = tf.expandDims(tf.gather(tf.reshape(s, [-1]), cells), 1);
    const sigmoids = tf.sigmoid(tf.mul(tf.sub(tf.gather(s, rows), level), 1 / temperature));
    return { rows, cells, sigmoids };
  };

  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    save([x, ...masks]);
    const parts = blocks.map(([start, end]) =>
      tf.tidy(() => {
        const { rows, sigmoids } = compare(x, start, end);
        return tf.stack(masks.map((mask) => tf.sum(tf.mul(sigmoids, tf.gather(mask, rows)), 1)));
      }),
    );
    return { value: tf.concat(parts, 1), gradFunc: backward };
  });

  function backward(dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor {
    const [s, ...kinds] = saved as tf.Tensor2D[] as [tf.Tensor2D, ...tf.Tensor2D[]];
    let gradient = tf.zeros<tf.Rank.R2>([anchors, candidates]);
    for (const [start, end] of blocks) {
      const next = tf.tidy(() => {
        const { rows, cells, sigmoids } = compare(s, start, end);
        const weights = tf.addN(
          kinds.map((mask, m) => {
            const slice = tf.reshape(tf.slice(dy, [m, start], [1, end - start]), [-1, 1]);
            return tf.mul(tf.gather(mask, rows), slice);
          }),
        );
        const slopes = tf.mul(tf.mul(sigmoids, tf.sub(1, sigmoids)), tf.mul(weights, 1 / temperature));
        const others = tf.scatterND(tf.expandDims(rows, 1) as tf.Tensor2D, slopes, [anchors, candidates]);
        const own = tf.scatterND(tf.expandDims(cells, 1) as tf.Tensor2D, tf.sum(slopes, 1), [
          anchors * candidates,
        ]);
        return tf.add(gradient, tf.sub(others, tf.reshape(own, [anchors, candidates]))) as tf.Tensor2D;
      });
      gradient.dispose();
      gradient = next;
    }
    return gradient;
  }
  return op(similarities) as tf.Tensor2D;
}

function ranksOnHost(
  similarities: tf.Tensor2D,
  { rows, columns }: { readonly rows: Int32Array; readonly columns: Int32Array },
  masks: readonly tf.Tensor2D[],
  temperature: number,
): tf.Tensor2D {
  const candidates = similarities.shape[1];
  const total = rows.length;
  const steepness = 1 / temperature;
  const kinds = masks.map((mask) => mask.dataSync() as Float32Array);
  const op = tf.customGrad((input) => {
    const cells = (input as tf.Tensor).dataSync() as Float32Array;
    const ranks = new Float64Array(kinds.length * total);
    for (let pair = 0; pair < total; pair++) {
      const start = rows[pair]! * candidates;
      const level = cells[start + columns[pair]!]!;
      for (let m = 0; m < kinds.length; m++) {
        const mask = kinds[m]!;
        let rank = 0;
        for (let i = start; i < start + candidates; i++) {
          if (mask[i] === 0) continue;
          const rise = (cells[i]! - level) * steepness;
          const above = 1 / (1 + expOfNonPositive(-Math.abs(rise)));
          rank += mask[i]! * (rise > 0 ? above : 1 - above);
        }
        ranks[m * total + pair] = rank;
      }
    }
    return {
      value: tf.tensor2d(Float32Array.from(ranks), [kinds.length, total]),
      gradFunc: (dy: tf.Tensor) => {
        const weights = dy.dataSync() as Float32Array;
        const slopes = new Float32Array(cells.length);
        for (let pair = 0; pair < total; pair++) {
          const start = rows[pair]! * candidates;
          const level = cells[start + columns[pair]!]!;
          let sum = 0;
          for (let m = 0; m < kinds.length; m++) {
            const mask = kinds[m]!;
            const weight = weights[m * total + pair]! * steepness;
            for (let i = start; i < start + candidates; i++) {
              if (mask[i] === 0) continue;
              const fall = expOfNonPositive(-Math.abs(cells[i]! - level) * steepness);
              const slope = (weight * mask[i]! * fall) / ((1 + fall) * (1 + fall));
              slopes[i]! += slope;
              sum += slope;
            }
          }
          slopes[start + columns[pair]!]! -= sum;
        }
        return tf.tensor2d(slopes, similarities.shape);
      },
    };
  });
  return op(similarities) as tf.Tensor2D;
}

/** Sums of the values of every pair by its anchor, [anchors, 1]. */
export function sumByAnchor(values: tf.Tensor, rows: Int32Array, anchors: number): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const indices = tf.tensor1d(rows, 'int32');
    save([indices]);
    return {
      value: tf.scatterND(tf.expandDims(indices, 1) as tf.Tensor2D, tf.reshape(x, [-1]), [anchors]),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.reshape(tf.gather(dy, saved[0] as tf.Tensor1D), values.shape),
    };
  });
  return tf.reshape(op(values), [anchors, 1]);
}
