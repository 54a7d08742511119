import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type DecodeChunk, decodeChunk, type DecodedChunk } from './decode-chunk.ts';
import type { DecodeAnswer, DecodeRequest } from './decode-worker.ts';

/** Whatever decodes chunks: a thread, or this one. */
export interface Decoder {
  decode(chunk: DecodeChunk): Promise<DecodedChunk>;
  /** Chunks that it was given and has not answered. */
  waiting(): number;
}

/** Starting the threads takes as long as decoding this many images. */
const worthThreads = 100;
/** Absent where a bundler made one file of everything, and where sources run as they are. */
const workerFile = new URL('./decode-worker.js', import.meta.url);

let images = 0;
let threads: Decoder[] = [];
const here: Decoder = { decode: decodeChunk, waiting: () => 0 };

/** Decoders for so many more images: one thread for each core, once enough images were asked for. */
export function decodersFor(count: number): readonly Decoder[] {
  images += count;
  if (threads.length > 0) return threads;
  if (images < worthThreads || !existsSync(workerFile)) return [here];
  threads = Array.from({ length: availableParallelism() }, () =>
    startDecodeThread(workerFile, () => (threads = [])),
  );
  return threads;
}

/**
 * Starts a thread that decodes. It keeps the process alive only while it is at work.
 *
 * @param file the built form of decode-worker.ts
 * @param onEnd called where the thread ends, which it does only by a failure
 */
export function startDecodeThread(file: URL, onEnd: () => void): Decoder {
  // It makes little that lives on; a usual young generation would grow to several times as much.
  const worker = new Worker(file, { execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 4 } });
  const asked = new Map<number, { resolve(decoded: DecodedChunk): void; reject(error: unknown): void }>();
  let id = 0;
  let failure: unknown;
  worker.unref();
  worker.on('message', (answer: DecodeAnswer) => {
    const { resolve, reject } = asked.get(answer.id)!;
    asked.delete(answer.id);
    if (asked.size === 0) worker.unref();
    if ('error' in answer) reject(answer.error);
    else resolve(answer.decoded);
  });
  worker.on('error', (error) => (failure = error));
  worker.on('exit', (code) => {
    onEnd();
    failure ??= new Error(`A thread that decodes images ended with code ${code}.`);
    for (const { reject } of asked.values()) reject(failure);
  });
  return {
    decode(chunk) {
      worker.ref();
      return new Promise((resolve, reject) => {
        asked.set(++id, { resolve, reject });
        worker.postMessage({ id, chunk } satisfies DecodeRequest, [chunk.pixels]);
      });
    },
    waiting: () => asked.size,
  };
}
