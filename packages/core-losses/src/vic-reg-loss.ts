import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkEmbeddings, checkNumber } from './check-arguments.ts';

export interface VicRegLossOptions {
  /** Weight of the mean squared difference of the views. 25 by default. */
  readonly invariance?: number;
  /** Weight of the hinge that keeps every coordinate's standard deviation at 1. 25 by default. */
  readonly variance?: number;
  /** Weight of the squared covariances between coordinates. 1 by default. */
  readonly covariance?: number;
  /** Added to the variances, above 0. 1e-4 by default. */
  readonly epsilon?: number;
  /** Refuse NaN and infinities, which costs a synchronous read of one number. `true` by default. */
  readonly checkFinite?: boolean;
}

/**
 * VICReg of two views of the same samples: invariance, variance and covariance terms. The variance term is the
 * mean over both views.
 *
 * @param x first view, [n, dimension], n at least 2, not normalised
 * @param y second view, [n, dimension]
 * @param options weights and epsilon
 * @returns a scalar
 * @throws InvalidArgumentError where a shape or an option is wrong
 * @throws NonFiniteInputError where an input holds NaN or an infinity
 * @see Bardes, Ponce and LeCun, "VICReg" (2021), arXiv:2105.04906
 */
export function vicRegLoss(x: tf.Tensor2D, y: tf.Tensor2D, options: VicRegLossOptions = {}): tf.Scalar {
  const where = 'vicRegLoss';
  const { invariance = 25, variance = 25, covariance = 1, epsilon = 1e-4, checkFinite = true } = options;
  checkEmbeddings(where, x, y, checkFinite);
  checkViews(where, x, y);
  for (const [name, value] of Object.entries({ invariance, variance, covariance })) {
    checkNumber(where, name, value, { minimum: 0 });
  }
  checkNumber(where, 'epsilon', epsilon, { minimum: 0, exclusive: true });
  return tf.tidy(() => {
    const views = [x, y].map((view) => spread(view, epsilon));
    const difference = tf.mean(tf.squaredDifference(x, y));
    const deviation = tf.add(views[0]!.deviation, views[1]!.deviation);
    const redundancy = tf.add(views[0]!.redundancy, views[1]!.redundancy);
    return tf.addN([
      tf.mul(difference, invariance),
      tf.mul(deviation, variance / 2),
      tf.mul(redundancy, covariance),
    ]) as tf.Scalar;
  });
}

function spread(view: tf.Tensor2D, epsilon: number): { deviation: tf.Scalar; redundancy: tf.Scalar } {
  const [n, dimension] = view.shape;
  const centred = tf.sub(view, tf.mean(view, 0, true)) as tf.Tensor2D;
  const variances = tf.mul(tf.sum(tf.square(centred), 0), 1 / (n - 1));
  const covariances = tf.mul(tf.matMul(centred, centred, true, false), 1 / (n - 1));
  const offDiagonal = tf.sub(tf.sum(tf.square(covariances)), tf.sum(tf.square(variances)));
  return {
    deviation: tf.mean(tf.relu(tf.sub(1, tf.sqrt(tf.add(variances, epsilon))))),
    redundancy: tf.mul(offDiagonal, 1 / dimension),
  };
}

/** Two views of the same samples, at least two. */
export function checkViews(where: string, x: tf.Tensor2D, y: tf.Tensor2D): void {
  if (x.shape[0] === y.shape[0] && x.shape[0] >= 2) return;
  throw new InvalidArgumentError({
    where,
    argument: 'y',
    expected: `of the same number of rows as x, ${x.shape[0]}, and that at least 2`,
    got: y,
  });
}
