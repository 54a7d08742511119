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
  /** What these slopes have been multiplied by. 1 by default. */
  readonly weight?: number;
  /** In the lengths, where there are any. */
  readonly ofLengths?: readonly Float32Array[];
}

/**
 * A loss of the products of embeddings and weights, where numbers can be read: one product of matrices forward and
 * two backward.
 *
 * @param lengths of rows, where the loss depends on some beside the products
 * @param termsOf gets the products [embeddings x weights], whose numbers nobody else needs, and the lengths
 */
export function productLoss(
  embeddings: tf.Tensor2D,
  weights: tf.Tensor2D,
  lengths: readonly tf.Tensor1D[],
  { scale, reduction, count }: ProductOptions,
  termsOf: (products: tf.Tensor2D, lengths: readonly Float32Array[]) => ProductTerms,
): tf.Scalar {
  const op = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const [x, w, ...others] = args as [tf.Tensor2D, tf.Tensor2D, ...tf.Tensor1D[]];
    const products = tf.matMul<tf.Tensor2D>(x, times(w, scale), false, true);
    const numbers = others.map((length) => length.dataSync() as Float32Array);
    const { slopes, weight = 1, sum, positive, ofLengths = [] } = termsOf(products, numbers);
    const share = shareOf(reduction, count, positive);
    save([x, w, slopes]);
    return {
      value: tf.scalar(sum * share),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [from, to, matrix] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const outer = dy.dataSync()[0]! * share;
        // Whichever has fewer numbers is multiplied, the slopes or what comes of them.
        const factor = (outer * scale) / weight;
        const early = matrix.size < from.size + to.size;
        const given = times(matrix, early ? factor : 1);
        return [
          times(tf.matMul(given, to), early ? 1 : factor),
          times(tf.matMul(given, from, true), early ? 1 : factor),
          ...ofLengths.map((slope) => times(tf.tensor1d(slope), outer)),
        ];
      },
    };
  });
  return op(embeddings, weights, ...lengths) as tf.Scalar;
}
