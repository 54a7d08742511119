import { backend_util, reshape, tensor1d, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { intListAttr, type NativeBackend } from './native-backend.ts';

type ConvInfo = ReturnType<typeof backend_util.computeConv2DInfo>;
type Shape4D = [number, number, number, number];

/** The attributes of tfjs' convolution kernels that matter here. */
export interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** A convolution that the engine's own operations compute. */
export interface OwnConvolution {
  readonly info: ConvInfo;
  readonly depthwise: boolean;
}

/** What follows a convolution: a product with a number a channel, sums, then PReLU where slopes are given, or ReLU. */
export interface Ending {
  readonly scale?: Tensor | undefined;
  readonly offset?: Tensor | undefined;
  readonly slopes?: Tensor | undefined;
  readonly addend?: Tensor | undefined;
  readonly relu?: boolean;
}

/** Channels that the operations compute at a time. */
const BLOCK = 16;
/** With fewer places than this, arranging the weights takes longer than it saves. */
const FEWEST_PLACES = 16;

/**
 * The convolution, or undefined where it is not of a kind that the operations cover.
 *
 * @param inputs float32 where it is
 */
export function ownConvolution(
  inputShape: number[],
  filterShape: number[],
  attrs: ConvAttrs,
  depthwise: boolean,
  inputs: readonly Tensor[],
): OwnConvolution | undefined {
  const { strides, pad, dataFormat = 'NHWC', dilations, dimRoundingMode } = attrs;
  if (dataFormat !== 'NHWC' || inputs.some(({ dtype }) => dtype !== 'float32')) return undefined;
  const info = backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, batchSize, outHeight, outWidth } = info;
  const plain = strideHeight === strideWidth && dilationHeight === 1 && dilationWidth === 1;
  const blocks = info.outChannels % BLOCK === 0 && (!depthwise || filterShape[3] === 1);
  return plain && blocks && batchSize * outHeight * outWidth >= FEWEST_PLACES
    ? { info, depthwise }
    : undefined;
}

/** Can the operations compute its gradient by the input, too? */
export function coversInputGradient({ info }: OwnConvolution): boolean {
  return info.inChannels % BLOCK === 0;
}

export function convolve(
  native: NativeBackend,
  convolution: OwnConvolution,
  x: Tensor,
  filter: Tensor,
  { scale, offset, slopes, addend, relu = false }: Ending = {},
): Tensor {
  return tidy(() => {
    const { outHeight, outWidth } = convolution.info;
    const inputs = [x, filter, ...[scale, offset, slopes].map(vector), addend ?? vector()];
    return native.executeSingleOutput(
      'FtConv2D',
      windowOf(native, convolution, outHeight, outWidth, relu),
      inputs,
    );
  });
}

/** The gradient by the input, of a convolution by filter times scale. */
export function convolveBackward(
  native: NativeBackend,
  convolution: OwnConvolution,
  dy: Tensor,
  filter: Tensor,
  scale?: Tensor,
): Tensor {
  return tidy(() => {
    const { inHeight, inWidth } = convolution.info;
    const window = windowOf(native, convolution, inHeight, inWidth);
    return native.executeSingleOutput('FtConv2DInputGradient', window, [dy, filter, vector(scale)]);
  });
}

/** The gradients by the filter and by the scale that it is multiplied by; without one, the latter is empty. */
export function filterGradients(
  native: NativeBackend,
  convolution: OwnConvolution,
  x: Tensor,
  dy: Tensor,
  scaled: { readonly filter?: Tensor; readonly scale?: Tensor } = {},
): [dFilter: Tensor, dScale: Tensor] {
  return tidy(() => {
    const inputs = [x, dy, scaled.filter ?? vector(), vector(scaled.scale)];
    const window = windowOf(native, convolution);
    return native.executeMultipleOutputs('FtConv2DFilterGradient', window, inputs, 2) as [Tensor, Tensor];
  });
}

/** One number a channel; none where nothing is given. */
function vector(given?: Tensor): Tensor {
  if (given === undefined) return tensor1d([], 'float32');
  return given.rank === 1 ? given : reshape(given, [-1]);
}

function windowOf(
  native: NativeBackend,
  { info, depthwise }: OwnConvolution,
  rows = 0,
  columns = 0,
  relu = false,
) {
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
      Number(depthwise),
      Number(relu),
    ]),
  ];
}
