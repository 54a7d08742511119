import { ones, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { NativeBackend } from './native-backend.ts';

const known = new WeakMap<NativeBackend, boolean>();

/**
 * Are the engine's own TensorFlow operations there? They are where the engine was installed with a compiler, on x86-64
 * processors with AVX2. Only trying tells.
 */
export function hasOwnOperations(native: NativeBackend): boolean {
  let has = known.get(native);
  if (has === undefined) {
    try {
      has = tidy(
        () => native.executeSingleOutput('FtPrelu', [], [ones([1, 1]), tensor1d([0.5])]).dataSync()[0] === 1,
      );
    } catch {
      has = false;
    }
    known.set(native, has);
  }
  return has;
}
