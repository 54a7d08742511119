import { Worker } from 'node:worker_threads';
import { simdKernelsBinary } from './simd-kernels-binary.ts';

type Kernel = (...numbers: number[]) => void;

/** A WebAssembly.Memory; the type library of Node has no name for it. */
export type WasmMemory = object;
declare const WebAssembly: {
  Module: { new (bytes: Uint8Array): object; exports(module: object): { name: string }[] };
  Instance: new (module: object, imports: object) => { exports: Record<string, Kernel> };
};

/** Runs the SIMD kernels on the wasm backend's memory. */
export interface SimdKernels {
  /** How many parts of a job run at once. */
  readonly threads: number;
  /**
   * Calls one kernel, once a job and all jobs at the same time.
   *
   * @param name Exported function of assembly/index.ts.
   * @param jobs Arguments of each call, at most `threads` of them.
   */
  run(name: string, jobs: readonly (readonly number[])[]): void;
}

/** Layout of the shared control block: a job number, calls not yet finished, failures, then one slot a worker. */
const header = 3;
const slotSize = 32;

let current: SimdKernels | undefined;

/** The SIMD kernels, or undefined where the backend was not started by `startWasm`. */
export const simdKernels = (): SimdKernels | undefined => current;

/** Makes the SIMD kernels work on this memory, with `threads - 1` workers beside the calling thread. */
export async function startSimdKernels(memory: WasmMemory, threads: number): Promise<void> {
  const module = new WebAssembly.Module(Buffer.from(simdKernelsBinary, 'base64'));
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
  const control = new Int32Array(new SharedArrayBuffer(4 * (header + slotSize * threads)));
  await Promise.all(
    Array.from({ length: threads - 1 }, async (_, i) => {
      const slot = header + slotSize * (i + 1);
      const worker = new Worker(workerSource, {
        eval: true,
        workerData: { module, memory, control, names, slot },
      });
      await new Promise<void>((resolve, reject) => {
        worker.once('message', () => resolve());
        worker.once('error', reject);
      });
      worker.unref();
    }),
  );

  current = {
    threads,
    run(name, [own, ...others]) {
      if (own === undefined) return;
      if (others.length > 0) {
        const kernel = names.indexOf(name);
        for (let i = 1; i < threads; i++) {
          const job = others[i - 1];
          control.set(job === undefined ? [-1] : [kernel, job.length, ...job], header + slotSize * i);
        }
        Atomics.store(control, 1, threads - 1);
        Atomics.add(control, 0, 1);
        Atomics.notify(control, 0);
      }
      kernels[name]!(...own);
      if (others.length === 0) return;
      for (let left = Atomics.load(control, 1); left > 0; left = Atomics.load(control, 1)) {
        Atomics.wait(control, 1, left);
      }
      if (Atomics.exchange(control, 2, 0) > 0) throw new Error(`The wasm kernel ${name} failed in a thread.`);
    },
  };
}

const workerSource = `
const { parentPort, workerData } = require('node:worker_threads');
const { module, memory, control, names, slot } = workerData;
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
let job = Atomics.load(control, 0);
parentPort.postMessage('ready');
for (;;) {
  Atomics.wait(control, 0, job);
  job = Atomics.load(control, 0);
  try {
    const kernel = control[slot];
    if (kernel >= 0) kernels[names[kernel]](...control.subarray(slot + 2, slot + 2 + control[slot + 1]));
  } catch {
    Atomics.add(control, 2, 1);
  }
  if (Atomics.sub(control, 1, 1) === 1) Atomics.notify(control, 1);
}
`;

/** Work below this many multiplications is not worth waking another thread for. */
const worthAThread = 65_536;

/**
 * Shares `count` items out among the threads, in runs of nearly equal length.
 *
 * @param cost Multiplications an item.
 * @returns The runs as [first, length]; one run where more threads would not pay.
 */
export function shareOut(simd: SimdKernels, count: number, cost: number): [number, number][] {
  const runs = Math.max(1, Math.min(simd.threads, count, Math.floor((count * cost) / worthAThread)));
  return Array.from({ length: runs }, (_, i) => {
    const first = Math.floor((count * i) / runs);
    return [first, Math.floor((count * (i + 1)) / runs) - first];
  });
}
