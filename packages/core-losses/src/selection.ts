import { InvalidArgumentError } from '@ft/errors';
import type { MinedPairs, MinedTriplets, PairRelation } from '@ft/miner-api';

/** Triplets as three columns of equal length: anchors are rows of the matrix, the others are columns. */
export type Triplets = Pick<MinedTriplets, 'anchors' | 'positives' | 'negatives'>;

/** Pairs as columns of equal length; `same[i]` is 1 where pair i is of one identity and 0 where not. */
export type Pairs = Pick<MinedPairs, 'anchors' | 'candidates' | 'same'>;

/** Which pairs of a matrix count: a list of pairs, or a {@link PairRelation} for every cell. */
export type PairSelection = Pairs | PairRelation;

/** Positions of entries in a row-major matrix: `anchors[i] * columns + others[i]`. Checks every index. */
export function flatIndices(
  where: string,
  argument: string,
  anchors: Int32Array,
  others: Int32Array,
  [rows, columns]: readonly [number, number],
): Int32Array {
  checkColumn(where, 'anchors', anchors);
  checkColumn(where, argument, others);
  if (others.length !== anchors.length) {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: `as long as anchors, ${anchors.length}`,
      got: others,
    });
  }
  const flat = new Int32Array(anchors.length);
  for (let i = 0; i < flat.length; i++) {
    const row = anchors[i]!;
    const column = others[i]!;
    if (!(row >= 0 && row < rows)) outside(where, `anchors[${i}]`, 'row', rows, row);
    if (!(column >= 0 && column < columns)) outside(where, `${argument}[${i}]`, 'column', columns, column);
    flat[i] = row * columns + column;
  }
  return flat;
}

function checkColumn(where: string, argument: string, column: Int32Array): void {
  if (column instanceof Int32Array) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: 'an Int32Array',
    got: column,
    remedy: 'pairsFromTriplets makes pairs of triplets.',
  });
}

function outside(where: string, argument: string, kind: string, count: number, got: number): never {
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `a ${kind} of the matrix, 0 to ${count - 1}`,
    got,
    remedy: 'Give the matrix that the selection was made for.',
  });
}

export function isPairs(selection: PairSelection): selection is Pairs {
  return !ArrayBuffer.isView(selection);
}
