import type { LoadResult } from './load-result.ts';
import { enableWasmTraining } from './wasm-kernels/enable-wasm-training.ts';

/** Loads the WebAssembly backend and adds the gradient kernels that it lacks. */
export async function loadWasm(): Promise<LoadResult> {
  try {
    // In Node, tfjs-core registers no gradients by itself.
    await import('@tensorflow/tfjs');
    const { version_wasm: version } = await import('@tensorflow/tfjs-backend-wasm');
    enableWasmTraining();
    return {
      backend: 'wasm',
      version,
      capabilities: { trainsConvolutions: true, synchronousRead: true, deterministic: true },
    };
  } catch (error) {
    return { refusal: `@tensorflow/tfjs-backend-wasm does not load: ${(error as Error).message}.` };
  }
}
