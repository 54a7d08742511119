import * as tf from '@tensorflow/tfjs-core';
import { l2Normalize } from './l2-normalize.ts';
import { oneHot } from './one-hot.ts';
import type { ClassificationLoss } from './classification-loss.ts';
import { pairwiseSimilarities } from './pairwise-similarities.ts';
import { productLoss } from './product-loss.ts';
import { readsOnHost } from './reads-on-host.ts';
import { checkBatch, createWeights, type WeightedLossOptions } from './weighted-loss.ts';

/**
 * P2SGrad as a loss: the mean squared difference between the cosines to the class weights and 1 for the right
 * class, 0 for the others. It has no margin and no scale to choose.
 *
 * @param options classes, dimension, and seed or first weights [classes, dimension]
 * @throws InvalidArgumentError where an option is wrong
 * @see Zhang et al., "P2SGrad" (2019), arXiv:1905.02479
 */
export function createP2sGradLoss(options: WeightedLossOptions): ClassificationLoss {
  const where = 'createP2sGradLoss';
  const weights = createWeights(where, options);
  const logits = (embeddings: tf.Tensor2D) =>
    pairwiseSimilarities(embeddings, weights, { checkFinite: false });
  return {
    logits,
    loss(embeddings, labels) {
      checkBatch(where, embeddings, labels, options);
      if (readsOnHost()) return squaresOnHost(embeddings, weights, labels);
      return tf.tidy(() => {
        const right = oneHot(labels, options.classes);
        return tf.mean(tf.squaredDifference(logits(embeddings), right));
      });
    },
    trainableVariables: () => [weights],
    dispose: () => weights.dispose(),
  };
}

/** The same by a loop between products of matrices. */
function squaresOnHost(embeddings: tf.Tensor2D, weights: tf.Tensor2D, labels: Int32Array): tf.Scalar {
  const classes = weights.shape[0];
  // The slope of a square is twice the number.
  const options = { scale: 1, reduction: 'mean', count: (labels.length * classes) / 2 } as const;
  return tf.tidy(() =>
    productLoss(l2Normalize(embeddings), l2Normalize(weights), [], options, (cosines) => {
      const differences = cosines.dataSync() as Float32Array;
      labels.forEach((label, row) => (differences[row * classes + label]! -= 1));
      const sum = squaredLength(differences) / 2;
      return { slopes: tf.tensor2d(differences, cosines.shape), sum, positive: 0 };
    }),
  );
}

function squaredLength(numbers: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]! * numbers[i]!;
  return sum;
}
