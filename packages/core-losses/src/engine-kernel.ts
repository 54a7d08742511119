import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs one of the matrix kernels that `accelerate()` of @ft/engine registers; undefined where the engine in use has
 * none. Its gradient is the caller's affair.
 */
export function engineKernel(
  name:
    | 'FtUnitRows'
    | 'FtUnitRowsGradient'
    | 'FtPairwiseDistances'
    | 'FtLaplacian'
    | 'FtAddTranspose'
    | 'FtCrossEntropy',
  inputs: Record<string, tf.Tensor>,
  attributes: { readonly root?: boolean; readonly centers?: number } = {},
): tf.Tensor[] | undefined {
  if (tf.getKernel(name, tf.getBackend()) === undefined) return undefined;
  const outputs = tf.engine().runKernel(name, inputs, attributes) as tf.Tensor | tf.Tensor[];
  return Array.isArray(outputs) ? outputs : [outputs];
}
