import * as tf from '@tensorflow/tfjs-core';
import { oneHot } from './one-hot.ts';
import type { ClassificationLoss } from './classification-loss.ts';
import { hostLoss } from './host-loss.ts';
import { pairwiseSimilarities } from './pairwise-similarities.ts';
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
      return tf.tidy(() => {
        if (readsOnHost()) return squaresOnHost(logits(embeddings), labels);
        const right = oneHot(labels, options.classes);
        return tf.mean(tf.squaredDifference(logits(embeddings), right));
      });
    },
    trainableVariables: () => [weights],
    dispose: () => weights.dispose(),
  };
}

function squaresOnHost(cosines: tf.Tensor2D, labels: Int32Array): tf.Scalar {
  const classes = cosines.shape[1];
  return hostLoss(cosines, 'mean', cosines.size, (cells, slopes, terms) => {
    for (let row = 0, i = 0; row < labels.length; row++) {
      for (let column = 0; column < classes; column++, i++) {
        const difference = cells[i]! - Number(column === labels[row]);
        terms.sum += difference * difference;
        slopes[i] = 2 * difference * terms.weight;
      }
    }
  });
}
