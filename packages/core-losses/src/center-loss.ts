import * as tf from '@tensorflow/tfjs-core';
import { oneHot } from './one-hot.ts';
import type { ClassificationLossOptions } from './classification-loss.ts';
import { reduce } from './reduction.ts';
import { anchorTerms } from './relation-view.ts';
import { checkBatch, createWeights, type WeightedLoss } from './weighted-loss.ts';

/**
 * Center loss: half the squared distance of every embedding to the centre of its class. An addition to a
 * classification loss; alone it is 0 for collapsed embeddings.
 *
 * The centres are variables like others: their learning rate is the optimizer's.
 *
 * @param options classes, dimension, seed or first centres [classes, dimension], and reduction
 * @throws InvalidArgumentError where an option is wrong
 * @see Wen et al., "A discriminative feature learning approach for deep face recognition" (2016)
 */
export function createCenterLoss(options: ClassificationLossOptions): WeightedLoss {
  const where = 'createCenterLoss';
  const { reduction = 'mean', classes } = options;
  const centers = createWeights(where, options);
  return {
    loss(embeddings, labels) {
      checkBatch(where, embeddings, labels, options);
      return tf.tidy(() => {
        const own = tf.matMul(oneHot(labels, classes), centers);
        const values = tf.mul(tf.sum(tf.squaredDifference(embeddings, own), 1, true), 0.5);
        return reduce(where, anchorTerms(values, new Uint8Array(labels.length).fill(1)), reduction);
      });
    },
    trainableVariables: () => [centers],
    dispose: () => centers.dispose(),
  };
}
