import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './wasm-backend.ts';

/**
 * Sums the rows of x by segment, the gradient of `tf.gather`, on wasm. As in TensorFlow, a row whose
 * segment is negative is left out.
 */
export const unsortedSegmentSum: KernelConfig = {
  kernelName: 'UnsortedSegmentSum',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { x, segmentIds } = inputs as unknown as { x: TensorInfo; segmentIds: TensorInfo };
    const { numSegments } = attrs as unknown as { numSegments: number };
    const wasm = backend as WasmBackend;
    const rowShape = x.shape.slice(segmentIds.shape.length);
    const row = rowShape.reduce((size, n) => size * n, 1);
    const result = wasm.makeOutput([numSegments, ...rowShape], x.dtype);
    const ids = wasm.typedArrayFromHeap(segmentIds);
    const values = wasm.typedArrayFromHeap(x);
    const sums = wasm.typedArrayFromHeap(result);
    sums.fill(0);
    for (let i = 0; i < ids.length; i++) {
      const segment = ids[i]!;
      if (segment < 0 || segment >= numSegments) continue;
      const to = segment * row;
      const from = i * row;
      for (let c = 0; c < row; c++) sums[to + c] = sums[to + c]! + values[from + c]!;
    }
    return result;
  },
};
