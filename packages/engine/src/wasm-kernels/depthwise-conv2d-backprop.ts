import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { conv2dInfo, type ConvGradientAttrs } from './conv2d-info.ts';
import { simdKernels, shareOut, type SimdKernels } from './simd-kernels.ts';
import { addressOf, floatsOf, type ConvInfo, type WasmBackend } from './wasm-backend.ts';

/** Gradient of a depthwise convolution with respect to its filter on wasm. */
export const depthwiseConv2dBackpropFilter: KernelConfig = {
  kernelName: 'DepthwiseConv2dNativeBackpropFilter',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as unknown as { x: TensorInfo; dy: TensorInfo };
    const settings = attrs as unknown as ConvGradientAttrs & { filterShape: number[] };
    const wasm = backend as WasmBackend;
    const where = 'DepthwiseConv2dNativeBackpropFilter';
    const info = conv2dInfo(where, x.shape, settings.filterShape, settings, true);
    const { inChannels, outChannels } = info;
    const multiplier = outChannels / inChannels;
    const simd = simdKernels();
    if (simd !== undefined && multiplier === 1) return filterBySimd(wasm, simd, x, dy, info);
    const dFilter = wasm.makeOutput(info.filterShape, 'float32');
    const [xs, dys, sums] = [floatsOf(wasm, x), floatsOf(wasm, dy), floatsOf(wasm, dFilter)];
    sums.fill(0);
    forEachTap(info, (pixel, outPixel, tap) => {
      const from = pixel * inChannels;
      const out = outPixel * outChannels;
      const to = tap * outChannels;
      if (multiplier === 1) {
        for (let c = 0; c < inChannels; c++) sums[to + c] = sums[to + c]! + xs[from + c]! * dys[out + c]!;
        return;
      }
      for (let c = 0; c < inChannels; c++) {
        for (let q = c * multiplier; q < (c + 1) * multiplier; q++) {
          sums[to + q] = sums[to + q]! + xs[from + c]! * dys[out + q]!;
        }
      }
    });
    return dFilter;
  },
};

/** Gradient of a depthwise convolution with respect to its input on wasm. */
export const depthwiseConv2dBackpropInput: KernelConfig = {
  kernelName: 'DepthwiseConv2dNativeBackpropInput',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { dy, filter } = inputs as unknown as { dy: TensorInfo; filter: TensorInfo };
    const settings = attrs as unknown as ConvGradientAttrs & { inputShape: number[] };
    const wasm = backend as WasmBackend;
    const where = 'DepthwiseConv2dNativeBackpropInput';
    const info = conv2dInfo(where, settings.inputShape, filter.shape, settings, true);
    const { inChannels, outChannels } = info;
    const multiplier = outChannels / inChannels;
    const dx = wasm.makeOutput(info.inShape, 'float32');
    const simd = simdKernels();
    if (simd !== undefined && multiplier === 1) {
      floatsOf(wasm, dx).fill(0);
      const weights = addressOf(wasm, filter);
      const shares = shareOut(simd, info.batchSize, imageCost(info));
      const jobs = shares.map((share) => depthwiseJob(wasm, dx, dy, weights, info, share));
      simd.run('depthwiseInputGradient', jobs);
      return dx;
    }
    const [dxs, dys, weights] = [floatsOf(wasm, dx), floatsOf(wasm, dy), floatsOf(wasm, filter)];
    dxs.fill(0);
    forEachTap(info, (pixel, outPixel, tap) => {
      const to = pixel * inChannels;
      const out = outPixel * outChannels;
      const at = tap * outChannels;
      if (multiplier === 1) {
        for (let c = 0; c < inChannels; c++) dxs[to + c] = dxs[to + c]! + weights[at + c]! * dys[out + c]!;
        return;
      }
      for (let c = 0; c < inChannels; c++) {
        let sum = 0;
        for (let q = c * multiplier; q < (c + 1) * multiplier; q++) sum += weights[at + q]! * dys[out + q]!;
        dxs[to + c] = dxs[to + c]! + sum;
      }
    });
    return dx;
  },
};

/** Each thread sums over its share of the images; the shares are added up. */
function filterBySimd(
  wasm: WasmBackend,
  simd: SimdKernels,
  x: TensorInfo,
  dy: TensorInfo,
  info: ConvInfo,
): TensorInfo {
  const shares = shareOut(simd, info.batchSize, imageCost(info));
  const [dw, ...others] = shares.map(() => wasm.makeOutput(info.filterShape, 'float32'));
  const sums = [dw!, ...others];
  for (const sum of sums) floatsOf(wasm, sum).fill(0);
  const jobs = shares.map((share, i) => depthwiseJob(wasm, x, dy, addressOf(wasm, sums[i]!), info, share));
  simd.run('depthwiseFilterGradient', jobs);
  const total = floatsOf(wasm, dw!);
  for (const other of others) {
    const addend = floatsOf(wasm, other);
    for (let i = 0; i < total.length; i++) total[i] = total[i]! + addend[i]!;
    wasm.disposeData(other.dataId);
  }
  return dw!;
}

/** Multiplications that one image takes. */
function imageCost({ outHeight, outWidth, filterHeight, filterWidth, inChannels }: ConvInfo): number {
  return outHeight * outWidth * filterHeight * filterWidth * inChannels;
}

/** Arguments of a depthwise SIMD kernel for some of the images. */
function depthwiseJob(
  wasm: WasmBackend,
  image: TensorInfo,
  dy: TensorInfo,
  weights: number,
  info: ConvInfo,
  [first, images]: [number, number],
): number[] {
  const { inHeight, inWidth, inChannels, outHeight, outWidth } = info;
  return [
    addressOf(wasm, image) + 4 * first * inHeight * inWidth * inChannels,
    addressOf(wasm, dy) + 4 * first * outHeight * outWidth * inChannels,
    weights,
    images,
    inHeight,
    inWidth,
    inChannels,
    outHeight,
    outWidth,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
  ];
}

/** Visits every (input pixel, output pixel, filter tap) that a convolution multiplies. */
function forEachTap(info: ConvInfo, visit: (pixel: number, outPixel: number, tap: number) => void): void {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const { top, left } = info.padInfo;
  for (let image = 0; image < batchSize; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++) {
        const outPixel = (image * outHeight + outY) * outWidth + outX;
        for (let filterY = 0; filterY < filterHeight; filterY++) {
          const y = outY * strideHeight - top + filterY * dilationHeight;
          if (y < 0 || y >= inHeight) continue;
          for (let filterX = 0; filterX < filterWidth; filterX++) {
            const x = outX * strideWidth - left + filterX * dilationWidth;
            if (x < 0 || x >= inWidth) continue;
            visit((image * inHeight + y) * inWidth + x, outPixel, filterY * filterWidth + filterX);
          }
        }
      }
    }
  }
}
