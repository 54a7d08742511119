import * as tf from '@tensorflow/tfjs-core';
import { expOfNonPositive } from './exp-of-non-positive.ts';
import { hostLoss, reducesOnHost } from './host-loss.ts';
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
  const [rows, columns] = logits.shape;
  return hostLoss(logits, reduction, rows, (cells, slopes, terms) => {
    for (let row = 0; row < rows; row++) {
      const [start, end] = [row * columns, (row + 1) * columns];
      const target = start + targets[row]!;
      let top = cells[start]!;
      for (let i = start; i < end; i++) if (cells[i]! > top) top = cells[i]!;
      let total = 0;
      for (let i = start; i < end; i++) total += slopes[i] = expOfNonPositive(cells[i]! - top);
      const term = Math.log(total) - (cells[target]! - top);
      terms.sum += term;
      if (term > 0) terms.positive++;
      const share = reduction === 'non-zero-mean' && term === 0 ? 0 : terms.weight;
      const scale = share / total;
      for (let i = start; i < end; i++) slopes[i]! *= scale;
      slopes[target]! -= share;
    }
  });
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
