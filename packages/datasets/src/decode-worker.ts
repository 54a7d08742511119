import { parentPort } from 'node:worker_threads';
import { type DecodeChunk, type DecodedChunk, decodeChunk } from './decode-chunk.ts';

/** What a thread of {@link startDecodeThread} is asked. */
export interface DecodeRequest {
  readonly id: number;
  readonly chunk: DecodeChunk;
}

/** What it answers; the memory of the pixels goes to and fro. */
export type DecodeAnswer = { readonly id: number } & (
  | { readonly decoded: DecodedChunk }
  | { readonly error: unknown }
);

parentPort?.on('message', ({ id, chunk }: DecodeRequest) => {
  decodeChunk(chunk).then(
    (decoded) => answer({ id, decoded }, [decoded.pixels]),
    (error: unknown) => answer({ id, error }, []),
  );
});

function answer(message: DecodeAnswer, transfer: ArrayBuffer[]): void {
  parentPort!.postMessage(message, transfer);
}
