import * as tf from '@tensorflow/tfjs-core';

/** The Euclidean length of all gradients taken as one vector, a scalar tensor. */
export function globalNorm(gradients: readonly tf.Tensor[]): tf.Scalar {
  return tf.tidy(
    () => tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient))))) as tf.Scalar,
  );
}

/**
 * Gradients shortened, all by one factor, so that their length together is at most `limit`.
 *
 * @param norm the length that {@link globalNorm} gave
 * @param limit above 0
 * @returns the same tensors where they are short enough; otherwise new ones, and the old are disposed of
 * @see Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (2013)
 */
export function clipGradients(
  gradients: ReadonlyMap<string, tf.Tensor>,
  norm: number,
  limit: number,
): ReadonlyMap<string, tf.Tensor> {
  if (norm <= limit) return gradients;
  const clipped = new Map([...gradients].map(([name, gradient]) => [name, tf.mul(gradient, limit / norm)]));
  tf.dispose([...gradients.values()]);
  return clipped;
}
