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
  if (
    !(embeddings instanceof Float32Array) ||
    embeddings.length === 0 ||
    embeddings.length % dimension !== 0
  ) {
    throw new InvalidArgumentError({
      where,
      argument: 'embeddings',
      expected: `a Float32Array of whole rows of ${dimension} numbers, one at least`,
      got: embeddings,
    });
  }
  const wrong = embeddings.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'embeddings',
      expected: 'finite',
      got: `${embeddings[wrong]} in row ${Math.floor(wrong / dimension)}`,
      remedy: 'A network whose training diverged gives such embeddings.',
    });
  }
  return embeddings.length / dimension;
}
