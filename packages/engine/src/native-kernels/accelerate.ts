import { registerBatchNorm } from '../batch-norm/register-batch-norm.ts';
import { registerOptimizers } from '../optimizers/register-optimizers.ts';
import { fuseOptimizers } from '../optimizers/fused-optimizers.ts';
import { activationGradients } from './activation-gradients.ts';
import { frozenBatchNormGradient } from './frozen-batch-norm-gradient.ts';
import { nativeBatchNormKernels } from './native-batch-norm.ts';
import { overrideGradient } from './override-gradient.ts';

/**
 * Makes training on the native engine (backend 'tensorflow') faster: registers fused kernels, and replaces
 * gradients that tfjs composes of many small operations by TensorFlow's own. Programs need no change.
 * Calling it again changes nothing.
 *
 * Call it after `@tensorflow/tfjs-node` is loaded.
 *
 * @returns The names of the kernels and gradients that are in place.
 */
export function accelerate(): string[] {
  registerBatchNorm();
  registerOptimizers();
  fuseOptimizers();
  const gradients = { ...activationGradients, FusedBatchNorm: frozenBatchNormGradient };
  for (const [kernelName, gradient] of Object.entries(gradients)) overrideGradient(kernelName, gradient);
  return [
    ...nativeBatchNormKernels.map(({ kernelName }) => kernelName),
    ...Object.keys(gradients).map((name) => `gradient of ${name}`),
  ];
}
