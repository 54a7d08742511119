import { FtError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { EmbeddingModel } from './create-model.ts';
import type { StoredTensor } from './safetensors.ts';

/** Stored weights are not those of this architecture. */
export class WeightsMismatchError extends FtError {
  static override readonly code: string = 'FT_WEIGHTS_MISMATCH';
}

/** Copies a model's weights to the host, by name. */
export async function exportWeights(model: EmbeddingModel): Promise<Map<string, StoredTensor>> {
  const stored = new Map<string, StoredTensor>();
  for (const [name, weight] of model.weights) {
    // A copy: some backends hand out a view of memory that the next assignment reuses.
    const data = Float32Array.from(await weight.data<'float32'>());
    stored.set(name, { shape: weight.shape, data });
  }
  return stored;
}

/**
 * Sets every weight of a model.
 *
 * @param stored weights by name; others than the model's are ignored
 * @param source where they come from, for messages
 * @throws WeightsMismatchError where one is missing or of another shape; the model is unchanged then
 */
export function importWeights(
  model: EmbeddingModel,
  stored: ReadonlyMap<string, StoredTensor>,
  source: string,
): void {
  for (const [name, weight] of model.weights) {
    const tensor = stored.get(name);
    const got = tensor === undefined ? 'nothing of that name' : `shape [${tensor.shape.join(', ')}]`;
    if (tensor === undefined || tensor.shape.join() !== weight.shape.join()) {
      throw new WeightsMismatchError(
        `${source}: weight "${name}" of ${model.architecture.name} must be of shape [${weight.shape.join(', ')}], ` +
          `got ${got}. The file belongs to another architecture or version.`,
      );
    }
  }
  tf.tidy(() => {
    for (const [name, weight] of model.weights) {
      const { data, shape } = stored.get(name)!;
      weight.assign(tf.tensor(data, [...shape], 'float32'));
    }
  });
}
