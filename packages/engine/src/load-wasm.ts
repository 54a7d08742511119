import type { LoadResult } from './load-result.ts';
import { startWasm } from './wasm-kernels/start-wasm.ts';

/** Starts the WebAssembly backend with threads and the gradient kernels that it lacks. */
export async function loadWasm(): Promise<LoadResult> {
  try {
    const { version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm');
    await startWasm();
    return {
      backend: 'wasm',
      version,
      capabilities: { trainsConvolutions: true, synchronousRead: true, deterministic: true },
    };
  } catch (error) {
    return { refusal: `@tensorflow/tfjs-backend-wasm does not load: ${(error as Error).message}.` };
  }
}
