import * as tf from '@tensorflow/tfjs-core';
import { checkInteger, checkNumber } from './check-arguments.ts';
import { expOfNonPositive } from './exp-of-non-positive.ts';
import { rangeOf } from './host-loss.ts';
import { hostMap } from './host-map.ts';
import { readsOnHost } from './reads-on-host.ts';
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
    rowsPerClass: centers,
    perClass: (cosines) => {
      if (readsOnHost()) return mixOnHost(cosines, centers, gamma);
      const byClass = tf.reshape(cosines, [-1, classes, centers]);
      return tf.sum(tf.mul(tf.softmax(tf.mul(byClass, 1 / gamma)), byClass), 2);
    },
    withMargin: (target) => tf.sub(target, margin),
    marginOf: (similarity) => ({ value: similarity - margin, slope: 1 }),
    scaled: (similarities) => tf.mul(similarities, scale),
  });
}

function mixOnHost(cosines: tf.Tensor2D, centers: number, gamma: number): tf.Tensor2D {
  return hostMap(cosines, centers, (cells, results, slopes) => {
    const steepness = 1 / gamma;
    const { least, most } = rangeOf(cells);
    // Within this range no class comes to nothing beside the top of all.
    const isNarrow = (most - least) * steepness < 80;
    for (let result = 0, start = 0; result < results.length; result++, start += centers) {
      const end = start + centers;
      let top = isNarrow ? most : cells[start]!;
      if (!isNarrow) for (let i = start; i < end; i++) if (cells[i]! > top) top = cells[i]!;
      let [total, sum] = [0, 0];
      for (let i = start; i < end; i++) {
        const share = expOfNonPositive((cells[i]! - top) * steepness);
        slopes[i] = share;
        total += share;
        sum += share * cells[i]!;
      }
      const mean = sum / total;
      results[result] = mean;
      const scale = 1 / total;
      for (let i = start; i < end; i++) slopes[i]! *= scale * (1 + (cells[i]! - mean) * steepness);
    }
  });
}
