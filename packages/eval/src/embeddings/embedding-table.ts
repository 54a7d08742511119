import { InvalidArgumentError } from '@ft/errors';
import type { DistanceMeasure } from '@ft/miner-api';
import { checkEmbeddings } from './check-embeddings.ts';

/** Embeddings and how to compare them. */
export interface EmbeddingSet {
  /** Row-major [count x dimension], finite. */
  readonly embeddings: Float32Array;
  /** Length of one embedding, >= 1. */
  readonly dimension: number;
  /** `'euclidean'`, `'squared-euclidean'`, or `'cosine'`, which is 1 - cos and takes no row of zeros. */
  readonly measure: DistanceMeasure;
}

/** An {@link EmbeddingSet} made ready for {@link distanceRows}. */
export interface EmbeddingTable {
  readonly measure: DistanceMeasure;
  readonly count: number;
  readonly dimension: number;
  /** Row-major [count x dimension], in double precision; of unit length for `'cosine'`. */
  readonly values: Float64Array;
  /** Squared length of each row, [count]. */
  readonly squares: Float64Array;
}

/**
 * Checks embeddings and makes them ready.
 *
 * @param where the public function named in errors
 * @throws InvalidArgumentError where the set is not as documented
 */
export function embeddingTable(where: string, set: EmbeddingSet): EmbeddingTable {
  const { embeddings, dimension, measure } = set;
  const count = checkEmbeddings(where, embeddings, dimension);
  if (measure !== 'euclidean' && measure !== 'squared-euclidean' && measure !== 'cosine') {
    throw new InvalidArgumentError({
      where,
      argument: 'measure',
      expected: "'euclidean', 'squared-euclidean' or 'cosine'",
      got: measure,
    });
  }
  const values = Float64Array.from(embeddings);
  const squares = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    const start = row * dimension;
    squares[row] = squaredLength(values, start, dimension);
    if (measure !== 'cosine') continue;
    if (squares[row] === 0) {
      throw new InvalidArgumentError({
        where,
        argument: 'embeddings',
        expected: "of non-zero length in every row for the measure 'cosine'",
        got: `zeros in row ${row}`,
      });
    }
    const length = Math.sqrt(squares[row]!);
    for (let i = start; i < start + dimension; i++) values[i]! /= length;
    squares[row] = squaredLength(values, start, dimension);
  }
  return { measure, count, dimension, values, squares };
}

/** The order of summation is that of `distanceRows`, so that equal rows are at a distance of exactly 0. */
function squaredLength(values: Float64Array, start: number, dimension: number): number {
  let sum = 0;
  for (let i = 0; i < dimension; i++) {
    const value = values[start + i]!;
    sum += value * value;
  }
  return sum;
}
