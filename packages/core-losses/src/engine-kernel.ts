import * as tf from '@tensorflow/tfjs-core';

type EngineKernel =
  | 'FtAddTranspose'
  | 'FtAngular'
  | 'FtCrossEntropy'
  | 'FtLaplacian'
  | 'FtPairwiseDistances'
  | 'FtUnitRows'
  | 'FtUnitRowsGradient';

/** Whether the engine in use has one of these kernels. */
export function hasEngineKernel(name: EngineKernel): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}

/**
 * Runs one of the matrix kernels that `accelerate()` of @ft/engine registers; undefined where the engine in use has
 * none. Its gradient is the caller's affair.
 */
export function engineKernel(
  name: EngineKernel,
  inputs: Record<string, tf.Tensor>,
  attributes: Readonly<Record<string, boolean | number>> = {},
): tf.Tensor[] | undefined {
  if (!hasEngineKernel(name)) return undefined;
  const outputs = tf.engine().runKernel(name, inputs, attributes) as tf.Tensor | tf.Tensor[];
  return Array.isArray(outputs) ? outputs : [outputs];
}
