import * as tf from '@tensorflow/tfjs-core';
import { checkEmbeddings, checkNumber } from './check-arguments.ts';
import { l2Normalize } from './l2-normalize.ts';
import { checkViews } from './vic-reg-loss.ts';

export interface BarlowTwinsLossOptions {
  /** Weight of the terms off the diagonal, at least 0. 0.005 by default. */
  readonly redundancy?: number;
  /** Refuse NaN and infinities, which costs a synchronous read of one number. `true` by default. */
  readonly checkFinite?: boolean;
}

/**
 * Barlow Twins of two views of the same samples: the cross-correlation matrix of their coordinates shall be the
 * identity: sum of (1 - c_ii)^2 + redundancy * sum of c_ij^2.
 *
 * @param x first view, [n, dimension], n at least 2, not normalised
 * @param y second view, [n, dimension]
 * @param options redundancy
 * @returns a scalar; a constant coordinate has correlation 0
 * @throws InvalidArgumentError where a shape or an option is wrong
 * @throws NonFiniteInputError where an input holds NaN or an infinity
 * @see Zbontar et al., "Barlow Twins" (2021), arXiv:2103.03230
 */
export function barlowTwinsLoss(
  x: tf.Tensor2D,
  y: tf.Tensor2D,
  { redundancy = 0.005, checkFinite = true }: BarlowTwinsLossOptions = {},
): tf.Scalar {
  const where = 'barlowTwinsLoss';
  checkEmbeddings(where, x, y, checkFinite);
  checkViews(where, x, y);
  checkNumber(where, 'redundancy', redundancy, { minimum: 0 });
  return tf.tidy(() => {
    const correlations = tf.matMul(standardize(x), standardize(y), true, false);
    const identity = tf.eye(x.shape[1]);
    const squares = tf.square(tf.sub(correlations, identity));
    const weights = tf.add(tf.mul(identity, 1 - redundancy), redundancy);
    return tf.sum(tf.mul(squares, weights));
  });
}

/** Columns of mean 0 and length 1. */
function standardize(view: tf.Tensor2D): tf.Tensor2D {
  const centred = tf.transpose(tf.sub(view, tf.mean(view, 0, true))) as tf.Tensor2D;
  return tf.transpose(l2Normalize(centred));
}
