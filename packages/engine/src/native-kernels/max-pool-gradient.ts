import {
  backend_util,
  getKernel,
  registerKernel,
  tensor,
  tidy,
  unregisterKernel,
  type KernelConfig,
  type KernelFunc,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  boolAttr,
  floatTypes,
  intListAttr,
  stringAttr,
  type NativeBackend,
  type OpAttr,
} from './native-backend.ts';

interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

let installed: KernelFunc | undefined;

/**
 * Puts oneDNN's gradient of max pooling in place of TensorFlow's own kernel, which looks for every maximum again,
 * one number after the other. TensorFlow carries oneDNN's kernel but takes it in graphs only.
 *
 * Does nothing where this TensorFlow has no oneDNN, or when called again.
 *
 * @returns whether it is in place
 */
export function installMaxPoolGradient(native: NativeBackend): boolean {
  const stock = getKernel('MaxPoolGrad', 'tensorflow');
  if (stock === undefined) return false;
  if (stock.kernelFunc === installed) return true;
  if (!hasOneDnn(native)) return false;
  unregisterKernel('MaxPoolGrad', 'tensorflow');
  registerKernel(overStock(stock));
  return true;
}

function overStock(stock: KernelConfig): KernelConfig {
  installed = (parameters) => {
    const { dy, input } = parameters.inputs as Record<'dy' | 'input' | 'output', Tensor4D>;
    const { filterSize, strides, pad, dimRoundingMode } = parameters.attrs as unknown as PoolAttrs;
    const info = backend_util.computePool2DInfo(input.shape, filterSize, strides, 1, pad, dimRoundingMode);
    const { type } = info.padInfo;
    if (input.dtype !== 'float32' || (type !== 'VALID' && type !== 'SAME')) {
      return stock.kernelFunc(parameters);
    }
    const native = parameters.backend as NativeBackend;
    return maxPoolGradient(native, dy, input, [
      intListAttr(native, 'ksize', [1, info.filterHeight, info.filterWidth, 1]),
      intListAttr(native, 'strides', [1, info.strideHeight, info.strideWidth, 1]),
      stringAttr(native, 'padding', type),
    ]);
  };
  return { ...stock, kernelFunc: installed };
}

/** Pools once more, because only oneDNN's own pooling tells where each maximum was. */
function maxPoolGradient(native: NativeBackend, dy: Tensor, x: Tensor, window: readonly OpAttr[]): Tensor {
  const attrs = [
    ...floatTypes(native, 'T'),
    ...window,
    stringAttr(native, 'data_format', 'NHWC'),
    boolAttr(native, 'workspace_enabled', true),
    // Tells oneDNN's kernels from the ordinary ones.
    stringAttr(native, '_kernel', 'MklNameChangeOp'),
  ];
  return tidy(() => {
    const [y, places] = native.executeMultipleOutputs('_MklNativeMaxPool', attrs, [x], 2) as [Tensor, Tensor];
    return native.executeSingleOutput('_MklNativeMaxPoolGrad', attrs, [x, y, dy, places]);
  });
}

/** The names are TensorFlow's inner ones: only trying tells whether this build knows them and means the same. */
function hasOneDnn(native: NativeBackend): boolean {
  try {
    return tidy(() => {
      const x = tensor([1, 2, 2, 0], [1, 1, 4, 1]);
      const gradient = maxPoolGradient(native, tensor([3, 5], [1, 1, 2, 1]), x, [
        intListAttr(native, 'ksize', [1, 1, 3, 1]),
        intListAttr(native, 'strides', [1, 1, 1, 1]),
        stringAttr(native, 'padding', 'VALID'),
      ]);
      return [0, 8, 0, 0].every((slope, i) => gradient.dataSync()[i] === slope);
    });
  } catch {
    return false;
  }
}
