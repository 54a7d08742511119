import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkEmbeddings, checkNumber } from './check-arguments.ts';
import { productOfNumbers } from './product-of-numbers.ts';
import { readsOnHost } from './reads-on-host.ts';

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
  if (readsOnHost()) return onHost(x, y, { invariance, variance, covariance, epsilon });
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

type Weights = Required<Omit<VicRegLossOptions, 'checkFinite'>>;

function onHost(x: tf.Tensor2D, y: tf.Tensor2D, weights: Weights): tf.Scalar {
  const op = tf.customGrad((...args) => {
    const [a, b] = (args as tf.Tensor2D[]).slice(0, 2).map((view) => view.dataSync() as Float32Array) as [
      Float32Array,
      Float32Array,
    ];
    const views = [a, b].map((view) => spreadOnHost(view, x.shape, weights));
    let squares = 0;
    for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
    const cost = views[0]!.cost + views[1]!.cost + (weights.invariance / a.length) * squares;
    return {
      value: tf.scalar(cost),
      gradFunc: (dy: tf.Tensor) => {
        const dimension = x.shape[1];
        const factor = dy.dataSync()[0]!;
        const pull = (2 * weights.invariance) / a.length;
        return views.map(({ centred, slopes }, view) => {
          const gradient = productOfNumbers(centred, slopes, [x.shape, [dimension, dimension]], false, false);
          const sign = view === 0 ? 1 : -1;
          for (let i = 0; i < gradient.length; i++) {
            gradient[i] = factor * (gradient[i]! + sign * pull * (a[i]! - b[i]!));
          }
          return tf.tensor2d(gradient, x.shape);
        });
      },
    };
  });
  return op(x, y) as tf.Scalar;
}

/** The cost of the variances and covariances of a view; centred times slopes is its gradient. */
function spreadOnHost(
  view: Float32Array,
  shape: [number, number],
  { variance, covariance, epsilon }: Weights,
) {
  const [n, dimension] = shape;
  const means = new Float64Array(dimension);
  for (let i = 0; i < view.length;) for (let k = 0; k < dimension; k++, i++) means[k]! += view[i]! / n;
  const centred = new Float32Array(view.length);
  for (let i = 0; i < view.length;)
    for (let k = 0; k < dimension; k++, i++) centred[i] = view[i]! - means[k]!;
  const slopes = productOfNumbers(centred, centred, [shape, shape], true, false);
  let deviation = 0;
  let redundancy = 0;
  for (let row = 0, i = 0; row < dimension; row++) {
    for (let column = 0; column < dimension; column++, i++) {
      const covaries = slopes[i]! / (n - 1);
      if (row === column) {
        const sd = Math.sqrt(covaries + epsilon);
        deviation += Math.max(0, 1 - sd);
        slopes[i] = sd < 1 ? -variance / (2 * dimension * sd * (n - 1)) : 0;
      } else {
        redundancy += covaries * covaries;
        slopes[i] = (4 * covariance * covaries) / (dimension * (n - 1));
      }
    }
  }
  return {
    centred,
    slopes,
    cost: (variance * deviation) / (2 * dimension) + (covariance * redundancy) / dimension,
  };
}
