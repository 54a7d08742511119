import {
  getGradient,
  getKernel,
  registerGradient,
  registerKernel,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { BATCH_NORM_TRAINING } from '../batch-norm/batch-norm-kernel-names.ts';
import { registerBatchNorm } from '../batch-norm/register-batch-norm.ts';
import { fuseOptimizers } from '../optimizers/fused-optimizers.ts';
import { APPLY_ADAM, APPLY_MOMENTUM } from '../optimizers/optimizer-kernel-names.ts';
import { registerOptimizers } from '../optimizers/register-optimizers.ts';
import { activationGradients } from './activation-gradients.ts';
import { batchNormGradient, watchBatchNorms } from './batch-norm-gradient.ts';
import { biasGradient } from './bias-gradient.ts';
import { installConvolutions } from './convolutions.ts';
import { batchNormActivation, batchNormActivationGradient } from './batch-norm-activation.ts';
import { fusedConvolution, fusedConvolutionGradient } from './fused-convolution.ts';
import { installMaxPoolGradient } from './max-pool-gradient.ts';
import { matrixKernels } from './matrix-kernels.ts';
import { installMatrixProduct } from './matrix-product.ts';
import { loadedNativeBackend } from './native-backend.ts';
import { overrideGradient } from './override-gradient.ts';
import { normFactors, normFactorsGradient } from './norm-factors.ts';
import { nativePrelu, preluGradient } from './prelu.ts';
import { reductionGradients } from './reduction-gradients.ts';

const gradients = {
  ...activationGradients,
  ...reductionGradients,
  Add: biasGradient,
  FusedBatchNorm: batchNormGradient,
  Prelu: preluGradient,
};

/**
 * Makes training on the native engine (backend 'tensorflow') faster: registers fused kernels, and replaces
 * gradients that tfjs composes of many small operations by TensorFlow's own. Programs need no change.
 * Calling it again changes nothing.
 *
 * @returns The names of the kernels and gradients that are in place; none where tfjs-node is not loaded.
 */
export function accelerate(): string[] {
  const native = loadedNativeBackend();
  if (native === undefined) return [];
  registerBatchNorm();
  registerOptimizers();
  fuseOptimizers();
  // On a GPU the fused gradient in training wants other statistics, and no batch norm kernel is registered.
  if (!native.isUsingGpuDevice) watchBatchNorms();
  const convolutions = installConvolutions(native);
  const fused = convolutions.length > 0 ? registerFusedKernels() : [];
  const poolsFast = !native.isUsingGpuDevice && installMaxPoolGradient(native);
  const products = installMatrixProduct(native);
  if (getKernel('Prelu', 'tensorflow') !== nativePrelu) {
    unregisterKernel('Prelu', 'tensorflow');
    registerKernel(nativePrelu);
  }
  for (const [kernelName, gradient] of Object.entries(gradients)) overrideGradient(kernelName, gradient);
  return [
    ...[BATCH_NORM_TRAINING, APPLY_ADAM, APPLY_MOMENTUM].filter(
      (name) => getKernel(name, 'tensorflow') !== undefined,
    ),
    ...fused,
    ...convolutions,
    ...(poolsFast ? ['MaxPoolGrad'] : []),
    ...products,
    ...Object.keys(gradients).map((name) => `gradient of ${name}`),
  ];
}

/** @returns their names */
function registerFusedKernels(): string[] {
  const kernels = [fusedConvolution, batchNormActivation, normFactors, ...matrixKernels];
  for (const kernel of kernels) {
    if (getKernel(kernel.kernelName, kernel.backendName) === undefined) registerKernel(kernel);
  }
  for (const gradient of [fusedConvolutionGradient, batchNormActivationGradient, normFactorsGradient]) {
    if (getGradient(gradient.kernelName) === undefined) registerGradient(gradient);
  }
  return kernels.map(({ kernelName }) => kernelName);
}
