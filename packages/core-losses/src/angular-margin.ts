import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';

/**
 * cos(theta + margin) of given cos(theta), through the addition theorem. Beyond 180 degrees - margin, where that
 * would rise again, it is cos(theta) - margin sin(margin).
 *
 * @param cosines cos(theta), of any shape
 * @param margin radians, 0 to pi, of a shape that broadcasts with the cosines
 */
export function withAngularMargin(cosines: tf.Tensor, margin: tf.Tensor): tf.Tensor {
  const [cosine, sine] = [tf.cos(margin), tf.sin(margin)];
  const turned = tf.sub(tf.mul(cosines, cosine), tf.mul(sineOf(cosines), sine));
  const beyond = tf.sub(cosines, tf.mul(margin, sine));
  // 1 up to and at 180 degrees - margin, where cos(theta) is -cos(margin).
  const within = tf.sub(1, isPositive(tf.neg(tf.add(cosines, cosine))));
  return tf.add(tf.mul(turned, within), tf.mul(beyond, tf.sub(1, within)));
}

/** `withAngularMargin` of one number, with its slopes. */
export function angularMarginOf(
  cosine: number,
  margin: number,
): { value: number; slope: number; byMargin: number } {
  const [c, s] = [Math.cos(margin), Math.sin(margin)];
  if (cosine < -c) return { value: cosine - margin * s, slope: 1, byMargin: -s - margin * c };
  const sine = Math.sqrt(Math.max(0, 1 - cosine * cosine));
  const fall = sine > smallestSine ? cosine / sine : 0;
  return { value: cosine * c - sine * s, slope: c + fall * s, byMargin: -cosine * s - sine * c };
}

/** Sines below this are rounding noise of a cosine near 1 or -1. */
const smallestSine = 5e-4;

/**
 * sin(theta) of given cos(theta), in [0, 1]; a cosine outside [-1, 1] is taken as the end of the range.
 *
 * Parallel vectors have an infinite slope there. It is taken as 0, so that their gradient stays finite.
 */
export const sineOf = /* @__PURE__ */ tf.customGrad((...args) => {
  const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
  const sine = tf.sqrt(tf.relu(tf.sub(1, tf.square(x))));
  save([x, sine]);
  return {
    value: sine,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [cosine, root] = saved as [tf.Tensor, tf.Tensor];
      const usable = isPositive(tf.sub(root, smallestSine));
      return tf.neg(tf.mul(tf.mul(dy, usable), tf.div(cosine, tf.maximum(root, smallestSine))));
    },
  };
}) as (cosines: tf.Tensor) => tf.Tensor;
