import * as tf from '@tensorflow/tfjs-core';
import { checkNumber } from './check-arguments.ts';
import {
  createCosineLoss,
  type ClassificationLoss,
  type ClassificationLossOptions,
} from './classification-loss.ts';
import { reducesOnHost, shareOf, times } from './host-loss.ts';
import type { Reduction } from './reduction.ts';
import { crossEntropies, crossEntropyLoss, totals } from './softmax-cross-entropy.ts';
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
      if (reducesOnHost(reduction)) return linearLoss(embeddings, weights, bias, labels, reduction);
      return tf.tidy(() => crossEntropyLoss(where, logits(embeddings), labels, reduction));
    },
    trainableVariables: () => [weights, bias],
    dispose: () => tf.dispose([weights, bias]),
  };
}

/** The same in one operation, whose gradient is a product for each matrix. */
function linearLoss(
  embeddings: tf.Tensor2D,
  weights: tf.Tensor2D,
  bias: tf.Tensor,
  labels: Int32Array,
  reduction: Reduction,
): tf.Scalar {
  const op = tf.customGrad((...args) => {
    const [x, w, b, save] = args as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D, tf.GradSaveFunc];
    const count = labels.length;
    const weight = shareOf(reduction, count, count);
    const products = tf.matMul<tf.Tensor2D>(x, w, false, true);
    const { terms, slopes, ofBias } = crossEntropies(products, labels, { bias: b, weight });
    const { sum, positive } = totals(terms);
    const share = shareOf(reduction, count, positive);
    save([x, w, slopes, ofBias!]);
    return {
      value: tf.scalar(sum * share),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [from, to, matrix, column] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        const factor = (dy.dataSync()[0]! * share) / weight;
        const gradients = [tf.matMul(matrix, to), tf.matMul(matrix, from, true), column];
        return gradients.map((gradient) => times(gradient, factor));
      },
    };
  });
  return op(embeddings, weights, bias) as tf.Scalar;
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
