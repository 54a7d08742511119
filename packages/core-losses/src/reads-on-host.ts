import * as tf from '@tensorflow/tfjs-core';

/**
 * Up to this many cells a loop over numbers that were read beats the dozens of kernels that do the same, whatever
 * they are; beyond, kernels on several threads do, where every cell takes an exponential or a root.
 */
const fewCells = 2 ** 17;

/**
 * Whether to compute with loops over numbers that were read: the tensors of the engine in use lie in the memory of
 * this process, so that reading one is a copy and no wait, and there are few enough.
 *
 * @param cells how many numbers there are
 * @param most up to how many of them it pays
 */
export function readsOnHost(cells: number, most = fewCells): boolean {
  const name = tf.getBackend();
  return cells <= most && (name === 'tensorflow' || name === 'wasm' || name === 'cpu');
}
