import type { StoredTensor } from '@ft/models';
import type * as tf from '@tensorflow/tfjs-core';

/** Copies variables to the host, by name, on engines that read asynchronously too. */
export async function exportVariables(
  variables: ReadonlyMap<string, tf.Variable>,
): Promise<Map<string, StoredTensor>> {
  const stored = new Map<string, StoredTensor>();
  for (const [name, variable] of variables) {
    // A copy: some backends hand out a view of memory that the next assignment reuses.
    const data = Float32Array.from(await variable.data<'float32'>());
    stored.set(name, { shape: variable.shape, data });
  }
  return stored;
}
