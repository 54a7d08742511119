import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { registerBatchNorm } from '../batch-norm/register-batch-norm.ts';
import { fuseOptimizers } from '../optimizers/fused-optimizers.ts';
import { APPLY_ADAM, APPLY_MOMENTUM } from '../optimizers/optimizer-kernel-names.ts';
import { registerOptimizers } from '../optimizers/register-optimizers.ts';
import { activationGradients } from './activation-gradients.ts';
import { batchNormGradient, watchBatchNorms } from './batch-norm-gradient.ts';
import { nativeBatchNormKernels } from './native-batch-norm.ts';
import { overrideGradient } from './override-gradient.ts';
import { nativePrelu, preluGradient } from './prelu.ts';
import { reductionGradients } from './reduction-gradients.ts';

const gradients = {
  ...activationGradients,
  ...reductionGradients,
  FusedBatchNorm: batchNormGradient,
  Prelu: preluGradient,
};

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
  watchBatchNorms();
  if (getKernel('Prelu', 'tensorflow') !== nativePrelu) {
    unregisterKernel('Prelu', 'tensorflow');
    registerKernel(nativePrelu);
  }
  for (const [kernelName, gradient] of Object.entries(gradients)) overrideGradient(kernelName, gradient);
  return [
    ...nativeBatchNormKernels.map(({ kernelName }) => kernelName),
    APPLY_ADAM,
    APPLY_MOMENTUM,
    ...Object.keys(gradients).map((name) => `gradient of ${name}`),
  ];
}
