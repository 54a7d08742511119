import * as tf from '@tensorflow/tfjs-core';
import { checkNumber } from './check-arguments.ts';
import {
  createCosineLoss,
  type ClassificationLoss,
  type ClassificationLossOptions,
} from './classification-loss.ts';
import { reducesOnHost, shareOf, totals } from './host-loss.ts';
import { productLoss } from './product-loss.ts';
import type { Reduction } from './reduction.ts';
import { crossEntropies, crossEntropyLoss } from './softmax-cross-entropy.ts';
import { checkBatch, createWeights } from './weighted-loss.ts';

/**
 * Softmax loss: the cross-entropy of a linear classifier on the embeddings, with a bias that starts at 0.
 *
 * @param options classes, dimension, seed or first weights [classes, dimension], and reduction
 * @throws InvalidArgumentError where an option is wrong
 */
export function createSoftmaxLoss(options: ClassificationLossOptions): ClassificationLoss {
  const where = 'createSoftmaxLoss';
  const { reduction = 'mean' } = options;
  const weights = createWeights(where, options);
  const bias = tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R1>([options.classes])));
  const logits = (embeddings: tf.Tensor2D) =>
    tf.tidy(() => tf.add<tf.Tensor2D>(tf.matMul(embeddings, weights, false, true), bias));
  return {
    logits,
    loss(embeddings, labels) {
      checkBatch(where, embeddings, labels, options);
      if (reducesOnHost(reduction)) return linearLoss(embeddings, weights, bias, labels, reduction);
      return tf.tidy(() => crossEntropyLoss(where, logits(embeddings), labels, reduction));
    },
    trainableVariables: () => [weights, bias],
    dispose: () => tf.dispose([weights, bias]),
  };
}

/** The same in one operation. */
function linearLoss(
  embeddings: tf.Tensor2D,
  weights: tf.Tensor2D,
  bias: tf.Tensor1D,
  labels: Int32Array,
  reduction: Reduction,
): tf.Scalar {
  const count = labels.length;
  const weight = shareOf(reduction, count, count);
  const options = { scale: 1, reduction, count };
  return productLoss(embeddings, weights, [bias], options, (products, [b]) => {
    const { terms, slopes, ofBias } = crossEntropies(products, labels, { bias: b!, weight });
    return { slopes, ofOthers: [ofBias!], weight, ...totals(terms) };
  });
}

export interface NormalizedSoftmaxLossOptions extends ClassificationLossOptions {
  /** Temperature, above 0. 0.05 by default. */
  readonly temperature?: number;
}

/**
 * Normalised softmax loss: the cross-entropy of cosines to the class weights, divided by a temperature.
 *
 * @param options classes, dimension, seed or first weights [classes, dimension], temperature and reduction
 * @throws InvalidArgumentError where an option is wrong
 * @see Zhai and Wu, "Classification is a strong baseline for deep metric learning" (2018), arXiv:1811.12649
 */
export function createNormalizedSoftmaxLoss(options: NormalizedSoftmaxLossOptions): ClassificationLoss {
  const where = 'createNormalizedSoftmaxLoss';
  const { temperature = 0.05 } = options;
  checkNumber(where, 'temperature', temperature, { minimum: 0, exclusive: true });
  return createCosineLoss({ where, options, scale: 1 / temperature });
}
