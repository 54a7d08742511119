import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { conv2dInfo, type ConvGradientAttrs } from './conv2d-info.ts';
import { addColumnsToImage } from './image-columns.ts';
import { imagesPerBlock } from './images-per-block.ts';
import { floatsOf, multiplyMatrices, reshaped, transposeMatrix, type WasmBackend } from './wasm-backend.ts';

/**
 * Gradient of a convolution with respect to its input on wasm: dy [pixels, co] x filter^T [co, k] gives the
 * gradient of every patch, which is added back to the image.
 */
export const conv2dBackpropInput: KernelConfig = {
  kernelName: 'Conv2DBackpropInput',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { dy, filter } = inputs as unknown as { dy: TensorInfo; filter: TensorInfo };
    const settings = attrs as unknown as ConvGradientAttrs & { inputShape: number[] };
    const wasm = backend as WasmBackend;
    const info = conv2dInfo('Conv2DBackpropInput', settings.inputShape, filter.shape, settings, false);
    const { batchSize, inChannels, outChannels, outHeight, outWidth, filterHeight, filterWidth } = info;
    const patch = filterHeight * filterWidth * inChannels;
    const pixels = outHeight * outWidth;
    const block = imagesPerBlock(batchSize, pixels * patch);

    const filterTransposed = transposeMatrix(wasm, reshaped(filter, [patch, outChannels]));
    const dx = wasm.makeOutput(info.inShape, 'float32');
    floatsOf(wasm, dx).fill(0);
    for (let first = 0; first < batchSize; first += block) {
      const images = Math.min(block, batchSize - first);
      const rows = images * pixels;
      const dyBlock = wasm.makeOutput([rows, outChannels], 'float32');
      const start = first * pixels * outChannels;
      floatsOf(wasm, dyBlock).set(floatsOf(wasm, dy).subarray(start, start + rows * outChannels));
      const columns = multiplyMatrices(wasm, dyBlock, filterTransposed);
      addColumnsToImage(floatsOf(wasm, columns), floatsOf(wasm, dx), info, first, images);
      wasm.disposeData(columns.dataId);
      wasm.disposeData(dyBlock.dataId);
    }
    wasm.disposeData(filterTransposed.dataId);
    return dx;
  },
};
