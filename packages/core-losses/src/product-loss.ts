import * as tf from '@tensorflow/tfjs-core';
import { shareOf, times } from './host-loss.ts';
import type { Reduction } from './reduction.ts';

/** What of products is a loss. */
interface ProductOptions {
  /** Multiplies the products. */
  readonly scale: number;
  readonly reduction: Reduction;
  /** How many terms there are. */
  readonly count: number;
}

/** What comes of products: the sum of the terms, how many are above 0, and slopes before the reduction. */
interface ProductTerms {
  readonly sum: number;
  readonly positive: number;
  /** In the products. */
  readonly slopes: tf.Tensor2D;
  /** In the other tensors, where there are any. */
  readonly ofOthers?: readonly tf.Tensor1D[];
  /** What these slopes have been multiplied by. 1 by default. */
  readonly weight?: number;
}

/**
 * A loss of the products of embeddings and weights, where numbers can be read: one product of matrices forward and
 * two backward.
 *
 * @param others what the loss depends on beside the products
 * @param termsOf gets the products [embeddings x weights], whose numbers nobody else needs, and the others
 */
export function productLoss(
  embeddings: tf.Tensor2D,
  weights: tf.Tensor2D,
  others: readonly tf.Tensor1D[],
  { scale, reduction, count }: ProductOptions,
  termsOf: (products: tf.Tensor2D, others: readonly tf.Tensor1D[]) => ProductTerms,
): tf.Scalar {
  const op = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const [x, w, ...rest] = args as [tf.Tensor2D, tf.Tensor2D, ...tf.Tensor1D[]];
    const products = tf.matMul<tf.Tensor2D>(x, times(w, scale), false, true);
    const { slopes, ofOthers = [], weight = 1, sum, positive } = termsOf(products, rest);
    const share = shareOf(reduction, count, positive);
    save([x, w, slopes, ...ofOthers]);
    return {
      value: tf.scalar(sum * share),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [from, to, matrix, ...slopesOfOthers] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const outer = dy.dataSync()[0]! * share;
        // Whichever has fewer numbers is multiplied, the slopes or what comes of them.
        const factor = (outer * scale) / weight;
        const early = matrix.size < from.size + to.size;
        const given = times(matrix, early ? factor : 1);
        return [
          times(tf.matMul(given, to), early ? 1 : factor),
          times(tf.matMul(given, from, true), early ? 1 : factor),
          ...slopesOfOthers.map((slope: tf.Tensor) => times(slope, outer / weight)),
        ];
      },
    };
  });
  return op(embeddings, weights, ...others) as tf.Scalar;
}
