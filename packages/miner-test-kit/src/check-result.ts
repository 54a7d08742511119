import type { Mined, MinedPairs, MinedTriplets, Miner, MinerBatch } from '@ft/miner-api';

/** Fails with a sentence where `holds` is false. */
export function check(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence);
}

/** Fails unless a result keeps every promise of the contract for its batch. */
export function checkResult(miner: Miner, batch: MinerBatch, mined: Mined): void {
  check(mined.kind === miner.output, `kind is ${mined.kind}, but the miner announces ${miner.output}`);
  const pairs = mined.kind === 'triplets' ? pairsOfTriplets(mined) : pairsOfPairs(mined);
  for (const { anchor, candidate, positive } of pairs) {
    const text = `anchor ${anchor} with ${positive ? 'positive' : 'negative'} ${candidate}`;
    check(anchor >= 0 && anchor < batch.distances.anchors, `${text}: no such anchor`);
    check(candidate >= 0 && candidate < batch.distances.candidates, `${text}: no such candidate`);
    check(candidate !== batch.selfIndex[anchor], `${text}: they are the same item`);
    const relation =
      batch.relation === undefined
        ? batch.anchorLabels[anchor] === batch.candidateLabels[candidate]
          ? 1
          : 2
        : batch.relation[anchor * batch.distances.candidates + candidate];
    check(relation === (positive ? 1 : 2), `${text}: the labels or the relation say otherwise`);
  }
  const { considered, skipped } = mined.statistics;
  for (const count of [considered, ...Object.values(skipped)]) {
    check(Number.isInteger(count) && count >= 0, `statistics hold ${count}, which is not a count`);
  }
  const gaveNothing = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  check(gaveNothing <= considered, `statistics skip ${gaveNothing} cases of ${considered} considered`);
}

/** A result as sorted texts, one for each row, to compare two results as multisets. */
export function rowsOf(mined: Mined): string[] {
  const columns =
    mined.kind === 'triplets'
      ? [mined.anchors, mined.positives, mined.negatives]
      : [mined.anchors, mined.candidates, mined.same];
  return Array.from(mined.anchors, (_, row) => columns.map((column) => column[row]).join(' ')).sort();
}

function pairsOfTriplets({ anchors, positives, negatives }: MinedTriplets) {
  check(
    [anchors, positives, negatives].every((column) => column instanceof Int32Array),
    'anchors, positives and negatives must be Int32Arrays',
  );
  check(
    positives.length === anchors.length && negatives.length === anchors.length,
    `the columns have ${anchors.length}, ${positives.length} and ${negatives.length} rows`,
  );
  return Array.from(anchors, (anchor, row) => [
    { anchor, candidate: positives[row]!, positive: true },
    { anchor, candidate: negatives[row]!, positive: false },
  ]).flat();
}

function pairsOfPairs({ anchors, candidates, same }: MinedPairs) {
  check(
    anchors instanceof Int32Array && candidates instanceof Int32Array && same instanceof Uint8Array,
    'anchors and candidates must be Int32Arrays, and same a Uint8Array',
  );
  check(
    candidates.length === anchors.length && same.length === anchors.length,
    `the columns have ${anchors.length}, ${candidates.length} and ${same.length} rows`,
  );
  check(
    same.every((flag) => flag <= 1),
    'same must hold 0 and 1 only',
  );
  return Array.from(anchors, (anchor, row) => ({
    anchor,
    candidate: candidates[row]!,
    positive: same[row] === 1,
  }));
}
