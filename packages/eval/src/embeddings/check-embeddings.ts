import { InvalidArgumentError } from '@ft/errors';

/**
 * Refuses embeddings that are not whole finite rows.
 *
 * @param where the public function that was called
 * @param embeddings row-major [count x dimension]
 * @param dimension length of one embedding
 * @returns the number of rows
 * @throws InvalidArgumentError
 */
export function checkEmbeddings(where: string, embeddings: Float32Array, dimension: number): number {
  if (!Number.isInteger(dimension) || dimension < 1) {
    throw new InvalidArgumentError({
      where,
      argument: 'dimension',
      expected: 'an integer from 1',
      got: dimension,
    });
  }
  if (embeddings.length % dimension !== 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'embeddings',
      expected: `whole rows of ${dimension} numbers`,
      got: embeddings,
    });
  }
  // Times 0, everything is 0 but what is not finite.
  let sum = 0;
  for (let i = 0; i < embeddings.length; i++) sum += embeddings[i]! * 0;
  for (let i = 0; Number.isNaN(sum) && i < embeddings.length; i++) {
    if (Number.isFinite(embeddings[i])) continue;
    throw new InvalidArgumentError({
      where,
      argument: 'embeddings',
      expected: 'finite',
      got: `${embeddings[i]} in row ${Math.floor(i / dimension)}`,
      remedy: 'A network whose training diverged gives such embeddings.',
    });
  }
  return embeddings.length / dimension;
}
