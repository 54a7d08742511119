import { InvalidArgumentError } from '@ft/errors';
import { Relation, type PairRelation } from '@ft/miner-api';
import { flatIndices, type Pairs } from './selection.ts';

/**
 * The relation in which the listed pairs count, each once, and no other.
 *
 * @param pairs rows and columns of the matrix; a pair may be listed twice
 * @param anchors rows of the matrix
 * @param candidates columns of the matrix
 * @returns row-major [anchors x candidates] of Relation values
 * @throws InvalidArgumentError where an index is outside, or a pair is listed as positive and as negative
 */
export function relationFromPairs(pairs: Pairs, anchors: number, candidates: number): PairRelation {
  const where = 'relationFromPairs';
  const positions = flatIndices(where, 'candidates', pairs.anchors, pairs.candidates, [anchors, candidates]);
  checkSame(where, pairs);
  const relation = new Uint8Array(anchors * candidates);
  for (let i = 0; i < positions.length; i++) {
    const value = pairs.same[i] === 1 ? Relation.positive : Relation.negative;
    const cell = positions[i]!;
    if (relation[cell] !== Relation.none && relation[cell] !== value) {
      throw new InvalidArgumentError({
        where,
        argument: `same[${i}]`,
        expected: 'the same wherever a pair is listed',
        got: `another value for anchor ${pairs.anchors[i]} and candidate ${pairs.candidates[i]}`,
      });
    }
    relation[cell] = value;
  }
  return relation;
}

export function checkSame(where: string, { anchors, same }: Pairs): void {
  if (same.length === anchors.length) return;
  throw new InvalidArgumentError({
    where,
    argument: 'same',
    expected: `as long as anchors, ${anchors.length}`,
    got: same,
  });
}
