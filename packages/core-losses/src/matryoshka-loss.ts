import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkInteger, checkMatrix, checkNumber } from './check-arguments.ts';

export interface MatryoshkaLossOptions {
  /** How many first coordinates count, one entry for each truncation, each from 1 to the dimension. */
  readonly dimensions: readonly number[];
  /** Weight of every truncation, as many as `dimensions`. 1 each by default. */
  readonly weights?: readonly number[];
}

/**
 * Matryoshka loss: the weighted sum of any loss on the first coordinates of the embeddings, so that truncated
 * embeddings work too.
 *
 * @param embeddings [n, dimension]
 * @param loss a scalar of embeddings [n, truncated dimension]; it normalises them if it needs to
 * @param options dimensions and weights
 * @returns a scalar
 * @throws InvalidArgumentError where an option is wrong
 * @see Kusupati et al., "Matryoshka representation learning" (2022), arXiv:2205.13147
 */
export function matryoshkaLoss(
  embeddings: tf.Tensor2D,
  loss: (truncated: tf.Tensor2D) => tf.Scalar,
  { dimensions, weights = dimensions.map(() => 1) }: MatryoshkaLossOptions,
): tf.Scalar {
  const where = 'matryoshkaLoss';
  checkMatrix(where, 'embeddings', embeddings, false);
  const [n, full] = embeddings.shape;
  if (dimensions.length === 0 || weights.length !== dimensions.length) {
    throw new InvalidArgumentError({
      where,
      argument: 'weights',
      expected: `as many as dimensions, ${dimensions.length}, and at least 1`,
      got: [...weights],
    });
  }
  dimensions.forEach((dimension, i) => {
    checkInteger(where, `dimensions[${i}]`, dimension, 1);
    checkNumber(where, `dimensions[${i}]`, dimension, { maximum: full });
    checkNumber(where, `weights[${i}]`, weights[i]!);
  });
  return tf.tidy(() =>
    tf.addN(
      dimensions.map((dimension, i) => {
        const truncated = dimension === full ? embeddings : tf.slice(embeddings, [0, 0], [n, dimension]);
        return tf.mul<tf.Scalar>(loss(truncated), weights[i]!);
      }),
    ),
  );
}
