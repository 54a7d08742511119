import { getGradient, getKernel, registerGradient, registerKernel } from '@tensorflow/tfjs-core';
import { cpuMemory, wasmMemory } from '../float-memory/float-memory.ts';
import { loadedNativeBackend } from '../native-kernels/native-backend.ts';
import { nativeBatchNormKernels } from '../native-kernels/native-batch-norm.ts';
import { arrayBatchNormKernels } from './array-batch-norm-kernels.ts';
import { batchNormTrainingGradient } from './batch-norm-gradient.ts';
import { withSimd } from './simd-batch-norm-kernels.ts';

/**
 * Registers the training batch norm and its gradient, once, for the wasm and cpu backends, and for the
 * tensorflow backend where that is loaded and computes on the processor.
 */
export function registerBatchNorm(): void {
  const isNative = loadedNativeBackend()?.isUsingGpuDevice === false;
  const kernels = [
    ...(isNative ? nativeBatchNormKernels : []),
    ...withSimd(arrayBatchNormKernels(wasmMemory)),
    ...arrayBatchNormKernels(cpuMemory),
  ];
  for (const kernel of kernels) {
    if (getKernel(kernel.kernelName, kernel.backendName) === undefined) registerKernel(kernel);
  }
  if (getGradient(batchNormTrainingGradient.kernelName) === undefined) {
    registerGradient(batchNormTrainingGradient);
  }
}
