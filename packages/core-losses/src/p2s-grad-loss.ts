import * as tf from '@tensorflow/tfjs-core';
import { lookUp } from './gather-entries.ts';
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

/** The same with a gradient that is two products of matrices. */
function squaresOnHost(embeddings: tf.Tensor2D, weights: tf.Tensor2D, labels: Int32Array): tf.Scalar {
  const classes = weights.shape[0];
  // The slope of a square is twice the number.
  const options = { scale: 1, reduction: 'mean', count: (labels.length * classes) / 2 } as const;
  return tf.tidy(() =>
    productLoss(l2Normalize(embeddings), l2Normalize(weights), [], options, (cosines) => {
      const positions = Int32Array.from(labels, (label, row) => row * classes + label);
      const { numbers, first } = lookUp(cosines, positions, new Int32Array(0));
      const found = numbers.dataSync() as Float32Array;
      const cells = Int32Array.from({ length: 2 * labels.length }, (_, i) =>
        i % 2 === 0 ? i / 2 : labels[(i - 1) / 2]!,
      );
      const differences = tf.tensorScatterUpdate(
        cosines,
        tf.tensor2d(cells, [labels.length, 2]),
        tf.tensor1d(Float32Array.from(first, (place) => found[place]! - 1)),
      ) as tf.Tensor2D;
      const sum = tf.sum(tf.square(differences)).dataSync()[0]! / 2;
      return { slopes: differences, sum, positive: 0 };
    }),
  );
}
