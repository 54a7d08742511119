import type { Pairs, Triplets } from './selection.ts';

/**
 * The pairs that triplets are made of, each once: (anchor, positive) and (anchor, negative).
 *
 * @param triplets rows and columns of a matrix
 * @param candidates columns of that matrix, more than every index
 * @returns the positive pairs, then the negative ones, each in the order of their first triplet
 */
export function pairsFromTriplets({ anchors, positives, negatives }: Triplets, candidates: number): Pairs {
  const distinct = (others: Int32Array) => [
    ...new Set(Array.from(anchors, (anchor, i) => anchor * candidates + others[i]!)),
  ];
  const positive = distinct(positives);
  const negative = distinct(negatives);
  const cells = [...positive, ...negative];
  return {
    anchors: Int32Array.from(cells, (cell) => Math.floor(cell / candidates)),
    candidates: Int32Array.from(cells, (cell) => cell % candidates),
    same: Uint8Array.from(cells, (_, i) => Number(i < positive.length)),
  };
}
