import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';

/** Added to what shall not count in a log-sum-exp. Far below any logit, yet safe to subtract in float32. */
export const excluded = -1e30;

/** The log-sum-exp of a row in which nothing counts. */
export const emptyRow = -1e29;

export interface MaskedLogSumExpOptions {
  /** Multiplies the matrix. 1 by default. */
  readonly scale?: number;
  /** Added to the scaled matrix, [rows, columns]; {@link excluded} where an entry does not count. */
  readonly bias?: tf.Tensor2D;
  /** Adds e^0 to the sum, so that an empty row gives 0. */
  readonly plusOne?: boolean;
}

/**
 * log(sum over columns of exp(scale x + bias)), row by row, without overflow.
 *
 * One pass forward and one product backward: the gradient is the softmax that the forward pass has at hand.
 *
 * @returns [rows, 1]; {@link emptyRow} with gradient 0 where nothing counts, and 0 there with `plusOne`
 */
export function maskedLogSumExp(
  x: tf.Tensor2D,
  { scale = 1, bias, plusOne = false }: MaskedLogSumExpOptions = {},
): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [input, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const logits = tf.tidy(() => {
      const scaled = scale === 1 ? input : tf.mul(input, scale);
      return bias === undefined ? tf.clone(scaled) : tf.add(scaled, bias);
    });
    // The floor keeps the exponentials of an empty row at 0.
    const top = tf.maximum(tf.max(logits, 1, true), plusOne ? 0 : emptyRow);
    const exponentials = tf.tidy(() => tf.exp(tf.sub(logits, top)));
    logits.dispose();
    const total = tf.sum(exponentials, 1, true);
    let value: tf.Tensor;
    let divisor: tf.Tensor;
    if (plusOne) {
      // exp(-top) + total, minus 1: exact where top is 0 and the exponentials are tiny.
      const excess = tf.add(tf.expm1(tf.neg(top)), total);
      value = tf.add(top, tf.log1p(excess));
      divisor = tf.add(excess, 1);
    } else {
      divisor = tf.add(total, tf.sub(1, isPositive(total)));
      value = tf.add(top, tf.log(divisor));
    }
    save([exponentials, divisor]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.mul(saved[0]!, tf.div(scale === 1 ? dy : tf.mul(dy, scale), saved[1]!)),
    };
  });
  return op(x) as tf.Tensor2D;
}
