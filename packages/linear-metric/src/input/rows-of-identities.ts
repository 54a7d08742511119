import { InvalidArgumentError } from '@ft/errors';

/** Embeddings and who is on each. */
export interface LabelledEmbeddings {
  /** Row-major [count x dimension], finite. */
  readonly embeddings: Float32Array;
  /** Length of one embedding, >= 1. */
  readonly dimension: number;
  /** Identity of each embedding, any integers, [count]. */
  readonly labels: ArrayLike<number>;
}

/**
 * Checks labels, and lists the rows of each identity, in order of first appearance.
 *
 * @throws InvalidArgumentError where there is not one label for each row, or no identity has two rows
 */
export function rowsOfIdentities(where: string, labels: ArrayLike<number>, count: number): number[][] {
  if (labels.length !== count) {
    throw new InvalidArgumentError({
      where,
      argument: 'labels',
      expected: `one for each of ${count} embeddings`,
      got: labels,
    });
  }
  const rows = new Map<number, number[]>();
  for (let row = 0; row < count; row++) {
    const list = rows.get(labels[row]!);
    if (list === undefined) rows.set(labels[row]!, [row]);
    else list.push(row);
  }
  const identities = [...rows.values()];
  if (identities.every((list) => list.length < 2)) {
    throw new InvalidArgumentError({
      where,
      argument: 'labels',
      expected: 'of one identity at least with two embeddings or more',
      got: `${identities.length} identities with one each`,
    });
  }
  return identities;
}
