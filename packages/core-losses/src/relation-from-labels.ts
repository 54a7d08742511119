import { InvalidArgumentError } from '@ft/errors';
import { Relation, type PairRelation } from '@ft/miner-api';

/**
 * Who is a positive and who a negative of whom, by labels.
 *
 * A pair of equal labels is positive, of different labels negative; the anchor itself is neither.
 *
 * @param anchorLabels identity of every anchor, [anchors]
 * @param candidateLabels identity of every candidate, [candidates]; the anchors themselves where `undefined`
 * @param selfIndex the candidate that is the anchor itself, or -1, [anchors]. Where `undefined`: candidate i is
 * anchor i if `candidateLabels` is `undefined` too, else no candidate is an anchor
 * @returns row-major [anchors x candidates] of Relation values
 * @throws InvalidArgumentError where `selfIndex` has another length than `anchorLabels`
 */
export function relationFromLabels(
  anchorLabels: Int32Array,
  candidateLabels?: Int32Array,
  selfIndex?: Int32Array,
): PairRelation {
  if (selfIndex !== undefined && selfIndex.length !== anchorLabels.length) {
    throw new InvalidArgumentError({
      where: 'relationFromLabels',
      argument: 'selfIndex',
      expected: `as long as anchorLabels, ${anchorLabels.length}`,
      got: selfIndex,
    });
  }
  const candidates = candidateLabels ?? anchorLabels;
  const columns = candidates.length;
  const columnsOf = new Map<number, number[]>();
  candidates.forEach((label, column) => {
    const alike = columnsOf.get(label);
    if (alike === undefined) columnsOf.set(label, [column]);
    else alike.push(column);
  });
  const relation = new Uint8Array(anchorLabels.length * columns).fill(Relation.negative);
  for (let row = 0; row < anchorLabels.length; row++) {
    const start = row * columns;
    for (const column of columnsOf.get(anchorLabels[row]!) ?? [])
      relation[start + column] = Relation.positive;
    const self = selfIndex === undefined ? (candidateLabels === undefined ? row : -1) : selfIndex[row]!;
    if (self >= 0 && self < columns) relation[start + self] = Relation.none;
  }
  return relation;
}
