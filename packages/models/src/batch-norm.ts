import * as tf from '@tensorflow/tfjs-core';
import { activate, type Activation } from './activate.ts';

/** The kernels that @ft/engine registers: normalise with the batch's own statistics, in one call. */
const FUSED_KERNEL = 'FtBatchNormTraining';
const ACTIVATION_KERNEL = 'FtBatchNormActivation';

const runs = (name: string) => tf.getKernel(name, tf.getBackend()) !== undefined;

/** Batch norm with the statistics of the batch itself and the activation behind it; the statistics have no gradient. */
export function batchNormTraining(
  x: tf.Tensor,
  scale: tf.Tensor1D,
  offset: tf.Tensor1D,
  epsilon: number,
  activation?: Activation,
): { y: tf.Tensor; mean: tf.Tensor1D; variance: tf.Tensor1D } {
  const run = (name: string, inputs: tf.NamedTensorMap) => {
    const outputs = tf.engine().runKernel(name, inputs, { epsilon }) as unknown as tf.Tensor[];
    const [y, mean, variance] = outputs as [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
    return { y, mean, variance };
  };
  if (activation && runs(ACTIVATION_KERNEL)) {
    const slopes = activation.type === 'prelu' ? activation.slopes : tf.tensor1d([], 'float32');
    return run(ACTIVATION_KERNEL, { x, scale, offset, slopes });
  }
  if (runs(FUSED_KERNEL)) {
    const { y, mean, variance } = run(FUSED_KERNEL, { x, scale, offset });
    return { y: activate(y, activation), mean, variance };
  }
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const { mean, variance } = tf.moments(x, axes);
  const y = tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, offset, scale, epsilon);
  return { y: activate(y, activation), mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
}
