import * as tf from '@tensorflow/tfjs-core';

/** The kernel that @ft/engine registers: normalise with the batch's own statistics, in one call. */
const FUSED_KERNEL = 'FtBatchNormTraining';

/** Batch norm with the statistics of the batch itself; also returns them, without gradient. */
export function batchNormTraining(
  x: tf.Tensor,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
): { y: tf.Tensor; mean: tf.Tensor1D; variance: tf.Tensor1D } {
  if (tf.getKernel(FUSED_KERNEL, tf.getBackend()) !== undefined) {
    const [y, mean, variance] = tf
      .engine()
      .runKernel(FUSED_KERNEL, { x, scale, offset }, { epsilon }) as unknown as tf.Tensor[];
    return { y: y!, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
  }
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const { mean, variance } = tf.moments(x, axes);
  const y = tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, offset, scale, epsilon);
  return { y, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}
