import * as tf from '@tensorflow/tfjs-core';
import { oneHot } from './one-hot.ts';
import type { ClassificationLoss } from './classification-loss.ts';
import { pairwiseSimilarities } from './pairwise-similarities.ts';
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
      return tf.tidy(() => {
        const right = oneHot(labels, options.classes);
        return tf.mean(tf.squaredDifference(logits(embeddings), right));
      });
    },
    trainableVariables: () => [weights],
    dispose: () => weights.dispose(),
  };
}
