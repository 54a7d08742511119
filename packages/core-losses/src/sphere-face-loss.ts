import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';
import { checkInteger, checkNumber } from './check-arguments.ts';
import {
  createCosineLoss,
  type ClassificationLoss,
  type ClassificationLossOptions,
} from './classification-loss.ts';

export interface SphereFaceLossOptions extends ClassificationLossOptions {
  /** Multiplies the angle to the right class, an integer of at least 1. 4 by default. */
  readonly margin?: number;
  /** Scale of the logits, above 0. 1 by default. */
  readonly scale?: number;
}

/**
 * SphereFace: softmax over scale |x| cos(theta), with scale |x| psi(theta) for the right class, where psi is
 * (-1)^k cos(margin theta) - 2 k for theta in the k-th of `margin` equal parts of 180 degrees.
 *
 * @param options classes, dimension, seed or first weights [classes, dimension], margin, scale and reduction
 * @throws InvalidArgumentError where an option is wrong
 * @see Liu et al., "SphereFace" (2017), arXiv:1704.08063
 */
export function createSphereFaceLoss(options: SphereFaceLossOptions): ClassificationLoss {
  return create('createSphereFaceLoss', options, 'embeddings');
}

/**
 * Large-margin softmax: SphereFace whose logits are multiplied by the lengths of the class weights too.
 *
 * @param options as for createSphereFaceLoss
 * @throws InvalidArgumentError where an option is wrong
 * @see Liu et al., "Large-margin softmax loss for convolutional neural networks" (2016), arXiv:1612.02295
 */
export function createLargeMarginSoftmaxLoss(options: SphereFaceLossOptions): ClassificationLoss {
  return create('createLargeMarginSoftmaxLoss', options, 'both');
}

function create(where: string, options: SphereFaceLossOptions, lengths: 'embeddings' | 'both') {
  const { margin = 4, scale = 1 } = options;
  checkInteger(where, 'margin', margin, 1);
  checkNumber(where, 'scale', scale, { minimum: 0, exclusive: true });
  return createCosineLoss({
    where,
    options,
    scale,
    lengths,
    margin: {
      ofTargets: (targets) => multipleAngle(targets, margin),
      ofTarget: (cosine) => multipleAngleOf(cosine, margin),
    },
  });
}

/** The monotonous (-1)^k cos(m theta) - 2 k of cos(theta). */
function multipleAngle(target: tf.Tensor, margin: number): tf.Tensor {
  const cosine = tf.clipByValue(target, -1, 1);
  // Chebyshev: cos(m theta) is a polynomial of cos(theta), with a finite slope everywhere.
  let previous = tf.onesLike(cosine);
  let current = cosine;
  for (let m = 2; m <= margin; m++) {
    const next = tf.sub(tf.mul(tf.mul(cosine, 2), current), previous);
    previous = current;
    current = next;
  }
  // k is how many of the angles i 180 / m, i = 1 to m - 1, theta has passed.
  const parts = Array.from({ length: margin - 1 }, (_, i) => Math.cos(((i + 1) * Math.PI) / margin));
  const passed =
    parts.length === 0
      ? tf.zerosLike(cosine)
      : tf.sum(isPositive(tf.sub(tf.tensor1d(parts), cosine)), 1, true);
  const sign = tf.sub(1, tf.mul(tf.mod(passed, 2), 2));
  return tf.sub(tf.mul(sign, current), tf.mul(passed, 2));
}

/** `multipleAngle` of one number, with its slope. */
function multipleAngleOf(target: number, margin: number): { value: number; slope: number } {
  const cosine = Math.min(1, Math.max(-1, target));
  let [previous, current] = [1, cosine];
  let [previousSlope, slope] = [0, 1];
  for (let m = 2; m <= margin; m++) {
    [previousSlope, slope] = [slope, 2 * current + 2 * cosine * slope - previousSlope];
    [previous, current] = [current, 2 * cosine * current - previous];
  }
  let passed = 0;
  for (let i = 1; i < margin; i++) passed += Number(cosine < Math.cos((i * Math.PI) / margin));
  const sign = passed % 2 === 0 ? 1 : -1;
  return { value: sign * current - 2 * passed, slope: cosine === target ? sign * slope : 0 };
}
