import {
  getKernel,
  registerKernel,
  unregisterKernel,
  type KernelConfig,
  type KernelFunc,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** What is used here of the backend that kernels are given. */
interface Backend {
  readonly device: { readonly limits: { readonly maxStorageBuffersPerShaderStage: number } };
  disposeData(dataId: object): boolean;
}

const corrected = new WeakSet<KernelConfig>();

/** Corrects kernels of webgpu that give wrong results. Calling it again changes nothing. */
export function correctWebGpuKernels(): void {
  correct('Cumsum', inReverseByReversing);
  correct('Cumprod', inReverseByReversing);
  correct('AddN', aFewAtATime);
}

function correct(kernelName: string, correction: (original: KernelFunc) => KernelFunc): void {
  const original = getKernel(kernelName, 'webgpu');
  if (original === undefined || corrected.has(original)) return;
  const kernel = { ...original, kernelFunc: correction(original.kernelFunc) };
  unregisterKernel(kernelName, 'webgpu');
  registerKernel(kernel);
  corrected.add(kernel);
}

/**
 * In reverse, the shader of `Cumsum` and `Cumprod` holds the length of the axis, but is cached without regard to it, so
 * that from the second length on the results are wrong. Reversing before and after needs no such shader.
 */
function inReverseByReversing(original: KernelFunc): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    if (attrs?.['reverse'] !== true) return original({ inputs, attrs: attrs!, backend });
    const reverse = getKernel('Reverse', 'webgpu').kernelFunc;
    const dims = { dims: attrs['axis'] as number };
    const flipped = reverse({ inputs, attrs: dims, backend }) as TensorInfo;
    const forward = { ...attrs, reverse: false };
    const summed = original({ inputs: { x: flipped }, attrs: forward, backend }) as TensorInfo;
    const result = reverse({ inputs: { x: summed }, attrs: dims, backend });
    for (const { dataId } of [flipped, summed]) (backend as Backend).disposeData(dataId);
    return result;
  };
}

/** `AddN` binds a buffer for each term and one for the sum, of which a device allows few: 8 without asking for more. */
function aFewAtATime(original: KernelFunc): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { device } = backend as Backend;
    const most = device.limits.maxStorageBuffersPerShaderStage - 1;
    const add = (terms: TensorInfo[]) =>
      original({ inputs: terms as unknown as typeof inputs, attrs: attrs!, backend }) as TensorInfo;
    const terms = Object.values(inputs) as TensorInfo[];
    let sum = add(terms.splice(0, most));
    while (terms.length > 0) {
      const part = sum;
      sum = add([part, ...terms.splice(0, most - 1)]);
      (backend as Backend).disposeData(part.dataId);
    }
    return sum;
  };
}
