import {
  getKernel,
  registerKernel,
  unregisterKernel,
  type KernelConfig,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

const corrected = new WeakSet<KernelConfig>();

/**
 * Corrects the webgpu kernels `Cumsum` and `Cumprod` in reverse: their shader holds the length of the axis,
 * but is cached without regard to it, so that from the second length on the results are wrong. Reversing
 * before and after needs no such shader. Calling it again changes nothing.
 */
export function correctWebGpuKernels(): void {
  const reverse = getKernel('Reverse', 'webgpu');
  for (const kernelName of ['Cumsum', 'Cumprod']) {
    const original = getKernel(kernelName, 'webgpu');
    if (original === undefined || reverse === undefined || corrected.has(original)) continue;
    const kernel: KernelConfig = {
      ...original,
      kernelFunc: ({ inputs, attrs, backend }) => {
        if (attrs?.['reverse'] !== true) return original.kernelFunc({ inputs, attrs: attrs!, backend });
        const dims = { dims: attrs['axis'] as number };
        const flipped = reverse.kernelFunc({ inputs, attrs: dims, backend }) as TensorInfo;
        const forward = { ...attrs, reverse: false };
        const summed = original.kernelFunc({ inputs: { x: flipped }, attrs: forward, backend }) as TensorInfo;
        const result = reverse.kernelFunc({ inputs: { x: summed }, attrs: dims, backend });
        for (const { dataId } of [flipped, summed]) {
          (backend as { disposeData(dataId: object): boolean }).disposeData(dataId);
        }
        return result;
      },
    };
    unregisterKernel(kernelName, 'webgpu');
    registerKernel(kernel);
    corrected.add(kernel);
  }
}
