import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { conv2dInfo, type ConvGradientAttrs } from './conv2d-info.ts';
import { simdKernels, shareOut, type SimdKernels } from './simd-kernels.ts';
import { addressOf, floatsOf, runKernel, type ConvInfo, type WasmBackend } from './wasm-backend.ts';

/** Gradient of a convolution with respect to its filter on wasm. */
export const conv2dBackpropFilter: KernelConfig = {
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as unknown as { x: TensorInfo; dy: TensorInfo };
    const settings = attrs as unknown as ConvGradientAttrs & { filterShape: number[] };
    const wasm = backend as WasmBackend;
    const info = conv2dInfo('Conv2DBackpropFilter', x.shape, settings.filterShape, settings, false);
    const simd = simdKernels();
    return simd === undefined ? byConvolution(wasm, x, dy, info) : bySimd(wasm, simd, x, dy, info);
  },
};

/** Each thread sums over its share of the images; the shares are added up. */
function bySimd(
  wasm: WasmBackend,
  simd: SimdKernels,
  x: TensorInfo,
  dy: TensorInfo,
  info: ConvInfo,
): TensorInfo {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const shares = shareOut(
    simd,
    batchSize,
    outHeight * outWidth * filterHeight * filterWidth * inChannels * outChannels,
  );
  const dw = wasm.makeOutput(info.filterShape, 'float32');
  const partial = shares.slice(1).map(() => wasm.makeOutput(info.filterShape, 'float32'));
  // As filterGradient asks for: a panel of 128 x 4 numbers for every four channels.
  const panels = shares.map(() => wasm.makeOutput([Math.ceil(inChannels / 4), 128, 4], 'float32'));
  const sums = [dw, ...partial];
  for (const sum of sums) floatsOf(wasm, sum).fill(0);
  const jobs = shares.map(([first, images], i) => [
    addressOf(wasm, x) + 4 * first * inHeight * inWidth * inChannels,
    addressOf(wasm, dy) + 4 * first * outHeight * outWidth * outChannels,
    addressOf(wasm, sums[i]!),
    addressOf(wasm, panels[i]!),
    images,
    inHeight,
    inWidth,
    inChannels,
    outHeight,
    outWidth,
    outChannels,
    filterHeight,
    filterWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
  ]);
  simd.run('filterGradient', jobs);
  const total = floatsOf(wasm, dw);
  for (const each of partial) {
    const addend = floatsOf(wasm, each);
    for (let i = 0; i < total.length; i++) total[i] = total[i]! + addend[i]!;
  }
  for (const each of [...partial, ...panels]) wasm.disposeData(each.dataId);
  return dw;
}

/**
 * The gradient as a stock convolution: channels take the place of images, dy that of the filter, and the
 * strides become dilations.
 */
function byConvolution(wasm: WasmBackend, x: TensorInfo, dy: TensorInfo, info: ConvInfo): TensorInfo {
  const { filterHeight, filterWidth, inChannels, outChannels, padInfo } = info;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const images = runKernel(wasm, 'Transpose', { x }, { perm: [3, 1, 2, 0] });
  const filter = runKernel(wasm, 'Transpose', { x: dy }, { perm: [1, 2, 0, 3] });
  const pad = [
    [0, 0],
    [padInfo.top, padInfo.bottom],
    [padInfo.left, padInfo.right],
    [0, 0],
  ];
  const attrs = {
    strides: [dilationHeight, dilationWidth],
    dilations: [strideHeight, strideWidth],
    pad,
    dataFormat: 'NHWC',
  };
  const products = runKernel(wasm, 'Conv2D', { x: images, filter }, attrs);
  // Rows that the forward convolution left over give taps beyond the filter.
  const size = [inChannels, filterHeight, filterWidth, outChannels];
  const taps = runKernel(wasm, 'Slice', { x: products }, { begin: [0, 0, 0, 0], size });
  const dw = runKernel(wasm, 'Transpose', { x: taps }, { perm: [1, 2, 0, 3] });
  for (const each of [images, filter, products, taps]) wasm.disposeData(each.dataId);
  return dw;
}
