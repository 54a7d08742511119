import {
  backend_util,
  getKernel,
  registerKernel,
  reshape,
  tensor1d,
  tidy,
  unregisterKernel,
  type KernelFunc,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { intListAttr, type NativeBackend } from './native-backend.ts';
import { hasOwnOperations } from './own-operations.ts';

type ConvInfo = ReturnType<typeof backend_util.computeConv2DInfo>;
type Shape4D = [number, number, number, number];

interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly inputShape?: Shape4D;
  readonly filterShape?: Shape4D;
  readonly activation?: string;
}

/** A kernel by our own operation, or undefined where the convolution is not of a kind that it covers. */
type OwnKernel = (
  inputs: Record<string, Tensor>,
  attrs: ConvAttrs,
  native: NativeBackend,
) => Tensor | undefined;

const own: Record<string, OwnKernel> = {
  Conv2D({ x, filter }, attrs, native) {
    const info = covered(x!.shape, filter!.shape, attrs, [x!, filter!]);
    return info && info.outChannels % BLOCK === 0 ? forward(native, info, x!, filter!) : undefined;
  },
  FusedConv2D({ x, filter, bias, preluActivationWeights: slopes }, attrs, native) {
    const { activation = 'linear' } = attrs;
    if (!['linear', 'relu', 'prelu'].includes(activation)) return undefined;
    const info = covered(x!.shape, filter!.shape, attrs, [x!, filter!]);
    if (info === undefined || info.outChannels % BLOCK !== 0) return undefined;
    const perChannel = (given?: Tensor) =>
      !given || (given.dtype === 'float32' && given.size === info.outChannels);
    if (!perChannel(bias) || !perChannel(slopes)) return undefined;
    return forward(native, info, x!, filter!, { bias, slopes, relu: activation === 'relu' });
  },
  Conv2DBackpropInput({ dy, filter }, attrs, native) {
    const info = covered(attrs.inputShape!, filter!.shape, attrs, [dy!, filter!]);
    if (info === undefined || info.inChannels % BLOCK !== 0) return undefined;
    const window = windowOf(native, info, info.inHeight, info.inWidth);
    return native.executeSingleOutput('FtConv2DInputGradient', window, [dy!, filter!]);
  },
  Conv2DBackpropFilter({ x, dy }, attrs, native) {
    const info = covered(x!.shape, attrs.filterShape!, attrs, [x!, dy!]);
    if (info === undefined || info.outChannels % BLOCK !== 0) return undefined;
    return native.executeSingleOutput('FtConv2DFilterGradient', windowOf(native, info), [x!, dy!]);
  },
};

/** Channels that the operations compute at a time. */
const BLOCK = 16;
/** With fewer places than this, arranging the weights takes longer than it saves. */
const FEWEST_PLACES = 16;

const installed = new WeakSet<KernelFunc>();

/**
 * Puts the engine's own operations in place of TensorFlow's convolution and its two gradients.
 *
 * Does nothing where they were not built, or when called again.
 *
 * @returns whether they are in place
 */
export function installConvolutions(native: NativeBackend): boolean {
  if (installed.has(getKernel('Conv2D', 'tensorflow').kernelFunc)) return true;
  if (native.isUsingGpuDevice || !hasOwnOperations(native)) return false;
  for (const [kernelName, kernel] of Object.entries(own)) {
    const stock = getKernel(kernelName, 'tensorflow');
    const kernelFunc: KernelFunc = (parameters) => {
      const { inputs, attrs, backend } = parameters;
      const fast = kernel(
        inputs as Record<string, Tensor>,
        attrs as unknown as ConvAttrs,
        backend as NativeBackend,
      );
      return fast ?? stock.kernelFunc(parameters);
    };
    installed.add(kernelFunc);
    unregisterKernel(kernelName, 'tensorflow');
    registerKernel({ ...stock, kernelFunc });
  }
  return true;
}

function covered(
  inputShape: number[],
  filterShape: number[],
  attrs: ConvAttrs,
  inputs: Tensor[],
): ConvInfo | undefined {
  const { strides, pad, dataFormat, dilations = 1, dimRoundingMode } = attrs;
  if (dataFormat !== 'NHWC' || inputs.some(({ dtype }) => dtype !== 'float32')) return undefined;
  const info = backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, batchSize, outHeight, outWidth } = info;
  const plain = strideHeight === strideWidth && dilationHeight === 1 && dilationWidth === 1;
  return plain && batchSize * outHeight * outWidth >= FEWEST_PLACES ? info : undefined;
}

function forward(
  native: NativeBackend,
  info: ConvInfo,
  x: Tensor,
  filter: Tensor,
  after: { bias?: Tensor | undefined; slopes?: Tensor | undefined; relu?: boolean } = {},
): Tensor {
  return tidy(() => {
    const window = windowOf(native, info, info.outHeight, info.outWidth, after.relu);
    const inputs = [x, filter, vector(after.bias), vector(after.slopes)];
    return native.executeSingleOutput('FtConv2D', window, inputs);
  });
}

/** One number a channel; none where nothing is given. */
function vector(given: Tensor | undefined): Tensor {
  if (given === undefined) return tensor1d([], 'float32');
  return given.rank === 1 ? given : reshape(given, [-1]);
}

function windowOf(native: NativeBackend, info: ConvInfo, rows = 0, columns = 0, relu = false) {
  const { filterHeight, filterWidth, strideHeight, padInfo } = info;
  return [
    intListAttr(native, 'window', [
      filterHeight,
      filterWidth,
      strideHeight,
      padInfo.top,
      padInfo.left,
      rows,
      columns,
      Number(relu),
    ]),
  ];
}
