import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

/** How a backend whose numbers JavaScript can reach makes a float tensor and shows its numbers. */
export interface FloatMemory {
  readonly backendName: string;
  allocate(backend: unknown, shape: number[]): TensorInfo;
  /** The numbers themselves, not a copy; valid until the next allocation. */
  view(backend: unknown, info: TensorInfo): Float32Array;
}

interface WasmMemory extends KernelBackend {
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  typedArrayFromHeap(info: TensorInfo): Float32Array;
}

interface CpuMemory extends KernelBackend {
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
  data: { get(dataId: object): { values: Float32Array } };
}

/** The heap of the wasm backend. */
export const wasmMemory: FloatMemory = {
  backendName: 'wasm',
  allocate: (backend, shape) => (backend as WasmMemory).makeOutput(shape, 'float32'),
  view: (backend, info) => (backend as WasmMemory).typedArrayFromHeap(info),
};

/** The typed arrays of the cpu backend. */
export const cpuMemory: FloatMemory = {
  backendName: 'cpu',
  allocate: (backend, shape) => {
    const values = new Float32Array(shape.reduce((size, n) => size * n, 1));
    return (backend as CpuMemory).makeTensorInfo(shape, 'float32', values);
  },
  view: (backend, info) => (backend as CpuMemory).data.get(info.dataId).values,
};
