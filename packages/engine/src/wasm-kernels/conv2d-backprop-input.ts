import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { conv2dInfo, type ConvGradientAttrs } from './conv2d-info.ts';
import { axisPhases, phaseFilter, type AxisPhase } from './phase-convolution.ts';
import { simdKernels, shareOut } from './simd-kernels.ts';
import { addressOf, floatsOf, runKernel, type ConvInfo, type WasmBackend } from './wasm-backend.ts';

/**
 * Gradient of a convolution with respect to its input on wasm: one stock convolution of dy for each phase of
 * the strides, interleaved into dx.
 */
export const conv2dBackpropInput: KernelConfig = {
  kernelName: 'Conv2DBackpropInput',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { dy, filter } = inputs as unknown as { dy: TensorInfo; filter: TensorInfo };
    const settings = attrs as unknown as ConvGradientAttrs & { inputShape: number[] };
    const wasm = backend as WasmBackend;
    const info = conv2dInfo('Conv2DBackpropInput', settings.inputShape, filter.shape, settings, false);
    const { inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth, padInfo } = info;
    const { strideHeight, strideWidth } = info;
    const vertical = axisPhases(inHeight, outHeight, filterHeight, strideHeight, padInfo.top);
    const horizontal = axisPhases(inWidth, outWidth, filterWidth, strideWidth, padInfo.left);

    const dx = wasm.makeOutput(info.inShape, 'float32');
    if (filterHeight < strideHeight || filterWidth < strideWidth) floatsOf(wasm, dx).fill(0);
    for (const rows of vertical) {
      for (const columns of horizontal) {
        const part = convolvePhase(wasm, dy, filter, info, rows, columns);
        spread(wasm, part, dx, info, rows, columns);
        wasm.disposeData(part.dataId);
      }
    }
    return dx;
  },
};

function convolvePhase(
  wasm: WasmBackend,
  dy: TensorInfo,
  filter: TensorInfo,
  info: ConvInfo,
  rows: AxisPhase,
  columns: AxisPhase,
): TensorInfo {
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  const shape = [rows.taps.length, columns.taps.length, outChannels, inChannels];
  const weights = wasm.makeOutput(shape, 'float32');
  phaseFilter(floatsOf(wasm, filter), info, rows.taps, columns.taps, floatsOf(wasm, weights));
  const begin = [0, Math.max(0, -rows.before), Math.max(0, -columns.before), 0] as const;
  const isCropped = begin[1] > 0 || begin[2] > 0;
  const size = [batchSize, outHeight - begin[1], outWidth - begin[2], outChannels];
  const x = isCropped ? runKernel(wasm, 'Slice', { x: dy }, { begin: [...begin], size }) : dy;
  const pad = [
    [0, 0],
    [Math.max(0, rows.before), rows.after],
    [Math.max(0, columns.before), columns.after],
    [0, 0],
  ];
  const attrs = { strides: 1, pad, dataFormat: 'NHWC', dilations: 1 };
  const part = runKernel(wasm, 'Conv2D', { x, filter: weights }, attrs);
  wasm.disposeData(weights.dataId);
  if (isCropped) wasm.disposeData(x.dataId);
  return part;
}

/** Copies a phase's pixels to their places in dx. */
function spread(
  wasm: WasmBackend,
  part: TensorInfo,
  dx: TensorInfo,
  info: ConvInfo,
  rows: AxisPhase,
  columns: AxisPhase,
): void {
  const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth } = info;
  const [, partHeight, partWidth] = part.shape as [number, number, number, number];
  const simd = simdKernels();
  if (simd !== undefined) {
    const [from, to] = [addressOf(wasm, part), addressOf(wasm, dx)];
    const jobs = shareOut(simd, batchSize, rows.count * columns.count * inChannels).map(([first, images]) => [
      from + 4 * first * partHeight * partWidth * inChannels,
      to + 4 * first * inHeight * inWidth * inChannels,
      images,
      partHeight,
      partWidth,
      inHeight,
      inWidth,
      inChannels,
      rows.first,
      columns.first,
      strideHeight,
      strideWidth,
      rows.count,
      columns.count,
    ]);
    simd.run('spreadPixels', jobs);
    return;
  }
  const [source, target] = [floatsOf(wasm, part), floatsOf(wasm, dx)];
  for (let image = 0; image < batchSize; image++) {
    for (let i = 0; i < rows.count; i++) {
      const y = rows.first + i * strideHeight;
      for (let j = 0; j < columns.count; j++) {
        const from = ((image * partHeight + i) * partWidth + j) * inChannels;
        const x = columns.first + j * strideWidth;
        target.set(
          source.subarray(from, from + inChannels),
          ((image * inHeight + y) * inWidth + x) * inChannels,
        );
      }
    }
  }
}
