import { getKernel, registerKernel, unregisterKernel, type KernelConfig } from '@tensorflow/tfjs-core';
import { registerBatchNorm } from '../batch-norm/register-batch-norm.ts';
import { registerOptimizers } from '../optimizers/register-optimizers.ts';
import { fuseOptimizers } from '../optimizers/fused-optimizers.ts';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.ts';
import { conv2dBackpropInput } from './conv2d-backprop-input.ts';
import { depthwiseConv2dBackpropFilter, depthwiseConv2dBackpropInput } from './depthwise-conv2d-backprop.ts';
import { unsortedSegmentSum } from './unsorted-segment-sum.ts';

const kernels: readonly KernelConfig[] = [
  conv2dBackpropFilter,
  conv2dBackpropInput,
  depthwiseConv2dBackpropFilter,
  depthwiseConv2dBackpropInput,
  unsortedSegmentSum,
];

/**
 * Makes the wasm backend able to train convolutional networks: registers the gradient kernels that it
 * lacks and a faster `Conv2DBackpropInput`. Calling it again changes nothing.
 *
 * Call it after `@tensorflow/tfjs-backend-wasm` is imported; the backend need not be the current one.
 *
 * @returns The names of the kernels that are in place.
 */
export function enableWasmTraining(): string[] {
  for (const kernel of kernels) {
    const present = getKernel(kernel.kernelName, 'wasm');
    if (present === kernel) continue;
    if (present !== undefined) unregisterKernel(kernel.kernelName, 'wasm');
    registerKernel(kernel);
  }
  registerBatchNorm();
  registerOptimizers();
  fuseOptimizers();
  return kernels.map(({ kernelName }) => kernelName);
}
