import * as tf from '@tensorflow/tfjs-core';
import { checkNumber } from './check-arguments.ts';
import {
  createCosineLoss,
  type ClassificationLoss,
  type ClassificationLossOptions,
} from './classification-loss.ts';
import { crossEntropyLoss } from './softmax-cross-entropy.ts';
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
  const bias = tf.tidy(() => tf.variable(tf.zeros([options.classes])));
  const logits = (embeddings: tf.Tensor2D) =>
    tf.tidy(() => tf.add<tf.Tensor2D>(tf.matMul(embeddings, weights, false, true), bias));
  return {
    logits,
    loss(embeddings, labels) {
      checkBatch(where, embeddings, labels, options);
      return tf.tidy(() => crossEntropyLoss(where, logits(embeddings), labels, reduction));
    },
    trainableVariables: () => [weights, bias],
    dispose: () => tf.dispose([weights, bias]),
  };
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
  return createCosineLoss({ where, options, scaled: (cosines) => tf.mul(cosines, 1 / temperature) });
}
