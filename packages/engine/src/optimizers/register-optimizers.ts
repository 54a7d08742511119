import { getKernel, registerKernel } from '@tensorflow/tfjs-core';
import { cpuMemory, wasmMemory } from '../float-memory/float-memory.ts';
import { arrayOptimizerKernels } from './array-optimizer-kernels.ts';
import { nativeOptimizerKernels } from './native-optimizer-kernels.ts';

/** Registers the optimizer steps for the tensorflow, wasm and cpu backends, once. */
export function registerOptimizers(): void {
  const kernels = [
    ...nativeOptimizerKernels,
    ...arrayOptimizerKernels(wasmMemory),
    ...arrayOptimizerKernels(cpuMemory),
  ];
  for (const kernel of kernels) {
    if (getKernel(kernel.kernelName, kernel.backendName) === undefined) registerKernel(kernel);
  }
}
