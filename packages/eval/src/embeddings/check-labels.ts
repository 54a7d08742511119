import { InvalidArgumentError } from '@ft/errors';

/** Refuses labels that are not one for each row. */
export function checkLabels(where: string, argument: string, labels: Int32Array, count: number): void {
  if (labels.length === count) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `one for each of ${count} embeddings`,
    got: labels,
  });
}
