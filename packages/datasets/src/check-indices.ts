import { InvalidArgumentError } from '@ft/errors';

/** Refuses an index that is not an integer in [0, count). */
export function checkIndices(where: string, indices: ArrayLike<number>, count: number): void {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new InvalidArgumentError({
        where,
        argument: `indices[${i}]`,
        expected: `an integer from 0 to ${count - 1}`,
        got: index,
      });
    }
  }
}
