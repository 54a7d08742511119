import * as tf from '@tensorflow/tfjs-core';

/**
 * Whether to compute with loops over numbers that were read: the tensors of the engine in use lie in the memory of
 * this process, so that reading one is a copy and no wait.
 */
export function readsOnHost(): boolean {
  switch (tf.getBackend()) {
    case 'tensorflow':
      return (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice !== true;
    case 'wasm':
    case 'cpu':
      return true;
    default:
      return false;
  }
}
