import * as tf from '@tensorflow/tfjs-core';
import { checkNumber } from './check-arguments.ts';
import {
  createCosineLoss,
  type ClassificationLoss,
  type ClassificationLossOptions,
} from './classification-loss.ts';

export interface CosFaceLossOptions extends ClassificationLossOptions {
  /** Subtracted from the cosine to the right class. 0.35 by default. */
  readonly margin?: number;
  /** Scale of the cosines, above 0. 64 by default. */
  readonly scale?: number;
}

/**
 * CosFace: softmax over scale cos(theta), with scale (cos(theta) - margin) for the right class.
 *
 * @param options classes, dimension, seed or first weights [classes, dimension], margin, scale and reduction
 * @throws InvalidArgumentError where an option is wrong
 * @see Wang et al., "CosFace" (2018), arXiv:1801.09414
 */
export function createCosFaceLoss(options: CosFaceLossOptions): ClassificationLoss {
  const where = 'createCosFaceLoss';
  const { margin = 0.35, scale = 64 } = options;
  checkNumber(where, 'margin', margin);
  checkNumber(where, 'scale', scale, { minimum: 0, exclusive: true });
  return createCosineLoss({
    where,
    options,
    scale,
    margin: {
      ofTargets: (targets) => tf.sub(targets, margin),
      ofTarget: (cosine) => ({ value: cosine - margin, slope: 1 }),
    },
  });
}
