import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { simdKernels, shareOut, type SimdKernels } from '../wasm-kernels/simd-kernels.ts';
import { addressOf, floatsOf, type WasmBackend } from '../wasm-kernels/wasm-backend.ts';
import { BATCH_NORM_TRAINING } from './batch-norm-kernel-names.ts';

type Inputs = Record<string, TensorInfo>;

/** Lets the SIMD kernels do the work of these wasm kernels where they are started. */
export function withSimd(kernels: KernelConfig[]): KernelConfig[] {
  return kernels.map((kernel) => {
    const fast = kernel.kernelName === BATCH_NORM_TRAINING ? forward : gradient;
    return {
      ...kernel,
      kernelFunc: (parameters) => {
        const simd = simdKernels();
        if (simd === undefined) return kernel.kernelFunc(parameters);
        const { epsilon } = parameters.attrs as unknown as { epsilon: number };
        return fast(parameters.backend as WasmBackend, simd, parameters.inputs as Inputs, epsilon);
      },
    };
  });
}

function forward(wasm: WasmBackend, simd: SimdKernels, inputs: Inputs, epsilon: number): TensorInfo[] {
  const { x, scale, offset } = inputs as { x: TensorInfo; scale: TensorInfo; offset: TensorInfo };
  const work = makeWork(wasm, simd, x, scale);
  const { channels, rows } = work;
  const y = wasm.makeOutput(x.shape, 'float32');
  const mean = wasm.makeOutput(scale.shape, 'float32');
  const variance = wasm.makeOutput(scale.shape, 'float32');

  const sums = work.sum('sumRows', [x], []);
  const means = floatsOf(wasm, mean);
  for (let c = 0; c < channels; c++) means[c] = sums[c]! / rows;

  const squares = work.sum('sumSquares', [x], [mean]);
  const variances = floatsOf(wasm, variance);
  const [scales, offsets, factors] = [scale, offset, work.factors].map((info) => floatsOf(wasm, info));
  for (let c = 0; c < channels; c++) {
    variances[c] = squares[c]! / rows;
    const gain = scales![c]! / Math.sqrt(squares[c]! / rows + epsilon);
    factors![c] = gain;
    factors![channels + c] = offsets![c]! - means[c]! * gain;
  }
  const gainAddress = addressOf(wasm, work.factors);
  work.map('scaleShift', [x], [gainAddress, gainAddress + 4 * channels], y);
  work.release();
  return [y, mean, variance];
}

function gradient(wasm: WasmBackend, simd: SimdKernels, inputs: Inputs, epsilon: number): TensorInfo[] {
  const { dy, x, scale, mean, variance } = inputs as Record<
    'dy' | 'x' | 'scale' | 'mean' | 'variance',
    TensorInfo
  >;
  const work = makeWork(wasm, simd, x, scale);
  const { channels, rows } = work;
  const dx = wasm.makeOutput(x.shape, 'float32');
  const dScale = wasm.makeOutput(scale.shape, 'float32');
  const dOffset = wasm.makeOutput(scale.shape, 'float32');

  const sums = work.sum('sumGradients', [dy, x], [mean]);
  const [scales, means, variances, dScales, dOffsets, factors] = [
    scale,
    mean,
    variance,
    dScale,
    dOffset,
    work.factors,
  ].map((info) => floatsOf(wasm, info));
  // dx = scale * r * (dy - mean(dy) - xHat * mean(dy * xHat)), as a * dy + b * x + k per channel.
  for (let c = 0; c < channels; c++) {
    const r = 1 / Math.sqrt(variances![c]! + epsilon);
    const a = scales![c]! * r;
    const b = (-a * r * r * sums[channels + c]!) / rows;
    dScales![c] = sums[channels + c]! * r;
    dOffsets![c] = sums[c]!;
    factors![c] = a;
    factors![channels + c] = b;
    factors![2 * channels + c] = (-a * sums[c]!) / rows - b * means![c]!;
  }
  work.map('combineGradients', [dy, x], [addressOf(wasm, work.factors)], dx);
  work.release();
  return [dx, dScale, dOffset];
}

/** Scratch memory, and calls of the SIMD kernels with the rows of x shared out among the threads. */
function makeWork(wasm: WasmBackend, simd: SimdKernels, x: TensorInfo, scale: TensorInfo) {
  const channels = scale.shape[0]!;
  const rows = x.shape.reduce((size, n) => size * n, 1) / channels;
  const shares = shareOut(simd, rows, channels);
  // A share needs two sums a channel in double precision, and two in single precision.
  const scratch = wasm.makeOutput([shares.length, 6 * channels], 'float32');
  const factors = wasm.makeOutput([3 * channels], 'float32');
  const at = (info: TensorInfo, firstRow: number) => addressOf(wasm, info) + 4 * firstRow * channels;
  return {
    channels,
    rows,
    factors,
    /** Sums over all rows, two a channel; what the kernel does not use is left undefined. */
    sum(kernel: string, tensors: TensorInfo[], perChannel: TensorInfo[]): Float64Array {
      const base = addressOf(wasm, scratch);
      const sumsAt = shares.map((_, i) => base + 24 * channels * i);
      const jobs = shares.map(([first, count], i) => [
        ...tensors.map((info) => at(info, first)),
        ...perChannel.map((info) => addressOf(wasm, info)),
        count,
        channels,
        sumsAt[i]! + 16 * channels,
        sumsAt[i]!,
      ]);
      simd.run(kernel, jobs);
      const { buffer } = floatsOf(wasm, scratch);
      const [total, ...others] = sumsAt.map((address) => new Float64Array(buffer, address, 2 * channels));
      for (const other of others) {
        for (let c = 0; c < other.length; c++) total![c] = total![c]! + other[c]!;
      }
      return total!;
    },
    /** Writes one row of `result` for each row of the tensors. */
    map(kernel: string, tensors: TensorInfo[], perChannel: number[], result: TensorInfo): void {
      const jobs = shares.map(([first, count]) => [
        ...tensors.map((info) => at(info, first)),
        ...perChannel,
        at(result, first),
        count,
        channels,
      ]);
      simd.run(kernel, jobs);
    },
    release(): void {
      wasm.disposeData(scratch.dataId);
      wasm.disposeData(factors.dataId);
    },
  };
}
