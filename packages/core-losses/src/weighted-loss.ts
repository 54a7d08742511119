import { createRandom } from '@ft/random';
import * as tf from '@tensorflow/tfjs-core';
import { checkInteger, checkMatrix } from './check-arguments.ts';
import { checkTargets } from './check-targets.ts';
import { InvalidArgumentError } from '@ft/errors';

/** A loss that has weights of its own: a plain object that holds variables. */
export interface WeightedLoss {
  /**
   * The loss of a batch.
   *
   * @param embeddings [n, dimension]
   * @param labels class of every row, each in [0, classes)
   */
  loss(embeddings: tf.Tensor2D, labels: Int32Array): tf.Scalar;
  /** The variables to give to the optimizer, always the same ones in the same order. */
  trainableVariables(): tf.Variable[];
  /** Frees the variables. */
  dispose(): void;
}

/** What every loss with weights is made from. */
export interface WeightedLossOptions {
  /** Number of classes, at least 1. */
  readonly classes: number;
  /** Coordinates of an embedding, at least 1. */
  readonly dimension: number;
  /** Seed of the first weights, a safe integer. 0 by default. */
  readonly seed?: number;
  /** The first weights instead of random ones, [rows, dimension]; they are copied. */
  readonly weights?: tf.Tensor2D;
  /** Refuse NaN and infinities, which costs a synchronous read of one number. `true` by default. */
  readonly checkFinite?: boolean;
}

/** Checks and first weights that all losses with weights share. Rows are directions from a normal distribution. */
export function createWeights(
  where: string,
  options: WeightedLossOptions,
  rowsPerClass = 1,
): tf.Variable<tf.Rank.R2> {
  const { classes, dimension, seed = 0, weights } = options;
  checkInteger(where, 'classes', classes, 1);
  checkInteger(where, 'dimension', dimension, 1);
  const rows = classes * rowsPerClass;
  if (weights !== undefined) {
    checkMatrix(where, 'weights', weights, true);
    if (weights.shape[0] !== rows || weights.shape[1] !== dimension) {
      throw new InvalidArgumentError({
        where,
        argument: 'weights',
        expected: `of shape [${rows}, ${dimension}]`,
        got: weights,
      });
    }
    return tf.tidy(() => tf.variable(weights));
  }
  const random = createRandom(seed, where);
  const size = 1 / Math.sqrt(dimension);
  const values = Float32Array.from({ length: rows * dimension }, () => size * random.normal());
  return tf.tidy(() => tf.variable(tf.tensor2d(values, [rows, dimension])));
}

/** Checks of a batch that all losses with weights share. */
export function checkBatch(
  where: string,
  embeddings: tf.Tensor2D,
  labels: Int32Array,
  { classes, dimension, checkFinite = true }: WeightedLossOptions,
): void {
  checkMatrix(where, 'embeddings', embeddings, checkFinite);
  if (embeddings.shape[1] !== dimension) {
    throw new InvalidArgumentError({
      where,
      argument: 'embeddings',
      expected: `of dimension ${dimension}`,
      got: embeddings,
    });
  }
  checkTargets(where, 'labels', labels, embeddings.shape[0], classes);
}
