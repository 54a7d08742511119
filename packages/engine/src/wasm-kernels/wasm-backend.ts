import {
  backend_util,
  getKernel,
  type DataType,
  type KernelBackend,
  type NamedAttrMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

/** The part of the wasm backend that kernels need: allocate, release, and look at the heap. */
export interface WasmBackend extends KernelBackend {
  readonly dataIdMap: { get(dataId: object): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  typedArrayFromHeap(info: TensorInfo): Float32Array | Int32Array | Uint8Array;
  disposeData(dataId: object, force?: boolean): boolean;
  incRef(dataId: object): void;
}

/**
 * A float tensor's numbers on the heap.
 *
 * Take it after the last allocation: the heap moves when it grows, and an older view is then empty.
 */
export function floatsOf(backend: WasmBackend, info: TensorInfo): Float32Array {
  return backend.typedArrayFromHeap(info) as Float32Array;
}

/** The address of a tensor's numbers on the heap. */
export function addressOf(backend: WasmBackend, info: TensorInfo): number {
  return backend.dataIdMap.get(info.dataId).memoryOffset;
}

/** Calls a stock wasm kernel from inside a kernel: no tape, no tensor bookkeeping, the caller releases. */
export function runKernel(
  backend: WasmBackend,
  name: string,
  inputs: Record<string, TensorInfo>,
  attrs: NamedAttrMap,
): TensorInfo {
  return getKernel(name, 'wasm').kernelFunc({ inputs, attrs, backend }) as TensorInfo;
}

/** Geometry of a convolution, as the stock kernels compute it. */
export type ConvInfo = ReturnType<typeof backend_util.computeConv2DInfo>;
