import * as tf from '@tensorflow/tfjs-core';

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
