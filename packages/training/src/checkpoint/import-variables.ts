import { InvalidArgumentError } from '@ft/errors';
import type { StoredTensor } from '@ft/models';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Sets variables by name.
 *
 * @param where what the variables belong to, for messages
 * @throws InvalidArgumentError where one is missing or of another shape; none has changed then
 */
export function importVariables(
  where: string,
  variables: ReadonlyMap<string, tf.Variable>,
  stored: ReadonlyMap<string, StoredTensor>,
): void {
  for (const [name, { shape }] of variables) {
    const got = stored.get(name);
    if (got?.shape.join() === shape.join()) continue;
    throw new InvalidArgumentError({
      where,
      argument: `"${name}" of the checkpoint`,
      expected: `of shape [${shape.join(', ')}]`,
      got,
      remedy: 'Resume with the options that the checkpoint was made with.',
    });
  }
  tf.tidy(() => {
    for (const [name, variable] of variables) {
      variable.assign(tf.tensor(stored.get(name)!.data, variable.shape, 'float32'));
    }
  });
}
