import * as tf from '@tensorflow/tfjs-core';

/** Nearer to 1 than this the angle has no usable slope. */
const closest = 1e-7;

/**
 * cos(theta + shift) of given cos(theta), through the addition theorem.
 *
 * Cosines outside [-1, 1] are taken as the end of the range. Where the vectors are parallel or opposite, the
 * sine has no slope, and only the part of the cosine is in the gradient.
 *
 * @param cosines cos(theta), of any shape
 * @param shift degrees
 */
export function cosineOfShiftedAngle<T extends tf.Tensor>(cosines: T, shift: number): T {
  const radians = (shift * Math.PI) / 180;
  const [c, s] = [Math.cos(radians), Math.sin(radians)];
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [T, tf.GradSaveFunc];
    const clipped = tf.clipByValue(x, -1, 1);
    const squaredSine = tf.sub(1, tf.square(clipped));
    const sine = tf.sqrt(squaredSine);
    save([clipped, sine]);
    return {
      value: tf.sub(tf.mul(clipped, c), tf.mul(sine, s)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [cosine, root] = saved as [tf.Tensor, tf.Tensor];
        const usable = tf.step(tf.sub(root, Math.sqrt(2 * closest)));
        const slope = tf.mul(usable, tf.div(tf.mul(cosine, s), tf.maximum(root, closest)));
        return tf.mul(dy, tf.add(slope, c));
      },
    };
  });
  return op(cosines) as T;
}
