import * as tf from '@tensorflow/tfjs-core';
import { checkInteger, checkNumber } from './check-arguments.ts';
import type { LogitsOfCenters } from './class-loss.ts';
import {
  createCosineLoss,
  type ClassificationLoss,
  type ClassificationLossOptions,
} from './classification-loss.ts';

export interface SoftTripleLossOptions extends ClassificationLossOptions {
  /** Centres of every class, at least 1. 10 by default. */
  readonly centers?: number;
  /** Scale of the class similarities (lambda), above 0. 20 by default. */
  readonly scale?: number;
  /** Temperature with which a class's centres are mixed, above 0. 0.1 by default. */
  readonly gamma?: number;
  /** Subtracted from the similarity to the right class. 0.01 by default. */
  readonly margin?: number;
}

/**
 * SoftTriple: softmax over scale s, where the similarity s to a class is the mean of the cosines to its centres,
 * weighted by their own softmax, and the right class has s - margin. sparseCentersRegularizer merges centres.
 *
 * @param options classes, dimension, seed or first weights [classes x centers, dimension], a class's centres in
 * consecutive rows, centers, scale, gamma, margin and reduction
 * @throws InvalidArgumentError where an option is wrong
 * @see Qian et al., "SoftTriple loss: deep metric learning without triplet sampling" (2019), arXiv:1909.05235
 */
export function createSoftTripleLoss(options: SoftTripleLossOptions): ClassificationLoss {
  const where = 'createSoftTripleLoss';
  const { centers = 10, scale = 20, gamma = 0.1, margin = 0.01, classes } = options;
  checkInteger(where, 'centers', centers, 1);
  checkNumber(where, 'scale', scale, { minimum: 0, exclusive: true });
  checkNumber(where, 'gamma', gamma, { minimum: 0, exclusive: true });
  checkNumber(where, 'margin', margin);
  return createCosineLoss({
    where,
    options,
    scale,
    centers: {
      perClass: centers,
      ofClasses: (cosines) => {
        const byClass = tf.reshape(cosines, [-1, classes, centers]);
        return tf.sum(tf.mul(tf.softmax(tf.mul(byClass, 1 / gamma)), byClass), 2);
      },
      onHost: (ofCenters) => mixtures(ofCenters, centers, gamma * scale),
    },
    margin: {
      ofTargets: (targets) => tf.sub(targets, margin),
      ofTarget: (similarity) => ({ value: similarity - margin, slope: 1 }),
    },
  });
}

/** The mean of the logits of every class's centres, weighted by their softmax. */
function mixtures(ofCenters: Float32Array, centers: number, temperature: number): LogitsOfCenters {
  const means = new Float32Array(ofCenters.length / centers);
  const weights = tf.tidy(() =>
    tf.softmax(tf.mul(tf.tensor2d(ofCenters, [means.length, centers]), 1 / temperature)),
  );
  const shares = weights.dataSync() as Float32Array;
  weights.dispose();
  for (let i = 0, j = 0; i < means.length; i++) {
    let mean = 0;
    for (const end = j + centers; j < end; j++) mean += shares[j]! * ofCenters[j]!;
    means[i] = mean;
  }
  return {
    logits: means.slice(),
    spread(slopes) {
      const all = new Float32Array(shares.length);
      for (let i = 0, j = 0; i < slopes.length; i++) {
        const slope = slopes[i]!;
        const mean = means[i]!;
        for (const end = j + centers; j < end; j++) {
          all[j] = slope * shares[j]! * (1 + (ofCenters[j]! - mean) / temperature);
        }
      }
      return all;
    },
  };
}
