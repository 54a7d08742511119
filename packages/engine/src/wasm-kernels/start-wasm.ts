import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { env, setBackend } from '@tensorflow/tfjs-core';
import { enableWasmTraining } from './enable-wasm-training.ts';
import { startSimdKernels, type WasmMemory } from './simd-kernels.ts';

const require = createRequire(import.meta.url);

/** The backend's thread pool has this many workers; more threads than that would never start. */
const mostThreads = 8;

/**
 * Starts the wasm backend with threads and training kernels, and makes it current.
 *
 * The backend's threaded build knows how to run in Node, but its loader hands scripts over as blob URLs,
 * which Node's workers cannot read, and therefore never chooses it there. For the time of the start, the
 * pieces of Node that the loader asks for are replaced by ones that pass the script text itself.
 *
 * @param threads How many threads to use, 1 to 8; by default one a core.
 * @returns The number of threads in use.
 */
export async function startWasm(threads: number = availableParallelism()): Promise<number> {
  // Registers the gradients; tfjs-core alone has none in Node.
  await import('@tensorflow/tfjs');
  const { setThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  const count = Math.max(1, Math.min(threads, mostThreads));
  setThreadsCount(count);
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
  const { restore, memory } = replaceLoaderParts();
  try {
    if (!(await setBackend('wasm'))) throw new Error('The wasm backend does not start.');
  } finally {
    restore();
  }
  enableWasmTraining();
  const shared = memory();
  if (shared === undefined) return 1;
  await startSimdKernels(shared, count);
  return count;
}

interface LoaderMessage {
  cmd?: string;
  wasmMemory?: WasmMemory;
  urlOrBlob?: unknown;
}

function replaceLoaderParts() {
  const os = require('node:os') as { cpus: typeof import('node:os').cpus };
  const workers = require('node:worker_threads') as { Worker: typeof import('node:worker_threads').Worker };
  const stock = {
    Blob: globalThis.Blob,
    createObjectURL: URL.createObjectURL,
    cpus: os.cpus,
    Worker: workers.Worker,
  };
  const script = readFileSync(
    require.resolve('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.js'),
    'utf8',
  );
  let memory: WasmMemory | undefined;

  class TextBlob {
    readonly content: string;
    constructor([content]: [string]) {
      this.content = content;
    }
  }
  class ScriptWorker extends stock.Worker {
    constructor(source: string) {
      super(source + workerEpilogue, { eval: true, workerData: script });
      this.unref();
    }
    /** A thread that waits for work must not keep the process alive. */
    override ref(): void {}
    override postMessage(message: LoaderMessage): void {
      memory ??= message.wasmMemory;
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      super.postMessage(message.urlOrBlob === undefined ? message : { ...message, urlOrBlob: 'workerData' });
    }
  }
  globalThis.Blob = TextBlob as unknown as typeof Blob;
  URL.createObjectURL = (blob) => (blob as unknown as TextBlob).content;
  workers.Worker = ScriptWorker as unknown as typeof stock.Worker;
  // The backend takes half of the cores at most.
  os.cpus = () => [...stock.cpus(), ...stock.cpus()];
  return {
    memory: () => memory,
    restore: () => {
      globalThis.Blob = stock.Blob;
      URL.createObjectURL = stock.createObjectURL;
      workers.Worker = stock.Worker;
      os.cpus = stock.cpus;
    },
  };
}

/** Makes the backend's worker evaluate the text that it was given instead of loading a file. */
const workerEpilogue = ';importScripts = () => (0, eval)(nodeWorkerThreads.workerData);';
