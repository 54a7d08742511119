import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { conv2dInfo, type ConvGradientAttrs } from './conv2d-info.ts';
import { imageToColumns } from './image-columns.ts';
import { imagesPerBlock } from './images-per-block.ts';
import { floatsOf, multiplyMatrices, reshaped, transposeMatrix, type WasmBackend } from './wasm-backend.ts';

/**
 * Gradient of a convolution with respect to its filter on wasm: dy^T [co, pixels] x patches [pixels, k],
 * block by block of images so that the patch matrix stays small.
 */
export const conv2dBackpropFilter: KernelConfig = {
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, dy } = inputs as unknown as { x: TensorInfo; dy: TensorInfo };
    const settings = attrs as unknown as ConvGradientAttrs & { filterShape: number[] };
    const wasm = backend as WasmBackend;
    const info = conv2dInfo('Conv2DBackpropFilter', x.shape, settings.filterShape, settings, false);
    const { batchSize, inChannels, outChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
    const patch = filterHeight * filterWidth * inChannels;
    const pixels = outHeight * outWidth;
    const block = imagesPerBlock(batchSize, pixels * patch);

    const total = wasm.makeOutput([outChannels, patch], 'float32');
    floatsOf(wasm, total).fill(0);
    for (let first = 0; first < batchSize; first += block) {
      const images = Math.min(block, batchSize - first);
      const rows = images * pixels;
      const columns = wasm.makeOutput([rows, patch], 'float32');
      const dyBlock = wasm.makeOutput([rows, outChannels], 'float32');
      const start = first * pixels * outChannels;
      floatsOf(wasm, dyBlock).set(floatsOf(wasm, dy).subarray(start, start + rows * outChannels));
      imageToColumns(floatsOf(wasm, x), floatsOf(wasm, columns), info, first, images);
      const dyTransposed = transposeMatrix(wasm, dyBlock);
      const part = multiplyMatrices(wasm, dyTransposed, columns);
      const sum = floatsOf(wasm, total);
      const addend = floatsOf(wasm, part);
      for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + addend[i]!;
      for (const each of [columns, dyBlock, dyTransposed, part]) wasm.disposeData(each.dataId);
    }
    const filter = transposeMatrix(wasm, total);
    wasm.disposeData(total.dataId);
    return reshaped(filter, info.filterShape);
  },
};
