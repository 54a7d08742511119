import {
  getKernel,
  registerKernel,
  unregisterKernel,
  type KernelFunc,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { NativeBackend } from './native-backend.ts';
import {
  convolve,
  convolveBackward,
  coversInputGradient,
  filterGradients,
  ownConvolution,
  type ConvAttrs,
} from './own-convolution.ts';
import { hasOwnOperations } from './own-operations.ts';

interface KernelAttrs extends ConvAttrs {
  readonly inputShape?: number[];
  readonly filterShape?: number[];
  readonly activation?: string;
}

/** A kernel by our own operation, or undefined where the convolution is not of a kind that it covers. */
type OwnKernel = (
  inputs: Record<string, Tensor>,
  attrs: KernelAttrs,
  native: NativeBackend,
) => Tensor | undefined;

const forward =
  (depthwise: boolean): OwnKernel =>
  ({ x, filter, bias, preluActivationWeights: slopes }, attrs, native) => {
    const { activation = 'linear' } = attrs;
    if (!['linear', 'relu', 'prelu'].includes(activation)) return undefined;
    const own = ownConvolution(x!.shape, filter!.shape, attrs, depthwise, [x!, filter!]);
    if (own === undefined) return undefined;
    const perChannel = (given?: Tensor) =>
      !given || (given.dtype === 'float32' && given.size === own.info.outChannels);
    if (!perChannel(bias) || !perChannel(slopes)) return undefined;
    return convolve(native, own, x!, filter!, { offset: bias, slopes, relu: activation === 'relu' });
  };

const inputGradient =
  (depthwise: boolean): OwnKernel =>
  ({ dy, filter }, attrs, native) => {
    const own = ownConvolution(attrs.inputShape!, filter!.shape, attrs, depthwise, [dy!, filter!]);
    return own && coversInputGradient(own) ? convolveBackward(native, own, dy!, filter!) : undefined;
  };

const filterGradient =
  (depthwise: boolean): OwnKernel =>
  ({ x, dy }, attrs, native) => {
    const own = ownConvolution(x!.shape, attrs.filterShape!, attrs, depthwise, [x!, dy!]);
    if (own === undefined) return undefined;
    const [dFilter, dScale] = filterGradients(native, own, x!, dy!);
    dScale.dispose();
    return dFilter;
  };

const ownKernels: Record<string, OwnKernel> = {
  Conv2D: forward(false),
  FusedConv2D: forward(false),
  Conv2DBackpropInput: inputGradient(false),
  Conv2DBackpropFilter: filterGradient(false),
  DepthwiseConv2dNative: forward(true),
  FusedDepthwiseConv2D: forward(true),
  DepthwiseConv2dNativeBackpropInput: inputGradient(true),
  DepthwiseConv2dNativeBackpropFilter: filterGradient(true),
};

const installed = new WeakSet<KernelFunc>();

/**
 * Puts the engine's own operations in place of TensorFlow's convolutions and their gradients.
 *
 * Does nothing where they were not built, or when called again.
 *
 * @returns the names of the kernels that are in place
 */
export function installConvolutions(native: NativeBackend): string[] {
  const names = Object.keys(ownKernels);
  if (installed.has(getKernel('Conv2D', 'tensorflow').kernelFunc)) return names;
  if (native.isUsingGpuDevice || !hasOwnOperations(native)) return [];
  for (const [kernelName, kernel] of Object.entries(ownKernels)) {
    const stock = getKernel(kernelName, 'tensorflow');
    const kernelFunc: KernelFunc = (parameters) => {
      const { inputs, attrs, backend } = parameters;
      const fast = kernel(
        inputs as Record<string, Tensor>,
        attrs as unknown as KernelAttrs,
        backend as NativeBackend,
      );
      return fast ?? stock.kernelFunc(parameters);
    };
    installed.add(kernelFunc);
    unregisterKernel(kernelName, 'tensorflow');
    registerKernel({ ...stock, kernelFunc });
  }
  return names;
}
