import { describeValue, FtError } from '@ft/errors';
import { Relation, type Mined, type Miner, type MinerBatch } from '@ft/miner-api';

/** A miner gave something that its contract does not allow. */
export class MinerOutputError extends FtError {
  static override readonly code: string = 'FT_MINER_BAD_OUTPUT';
}

/**
 * Checks everything a miner promises about its result.
 *
 * @throws MinerOutputError naming the miner, the row and what is wrong with it
 */
export function checkMined(miner: Miner, batch: MinerBatch, mined: Mined): void {
  const fail = (problem: string): never => {
    throw new MinerOutputError(
      `Miner "${miner.name}" gave a bad result: ${problem}. This is a fault of the miner, not of the data.`,
    );
  };
  if (typeof mined !== 'object' || mined === null) {
    return fail(`expected an object of columns, got ${describeValue(mined)}`);
  }
  if (mined.kind !== miner.output) {
    fail(`expected kind "${miner.output}", got ${describeValue(mined.kind)}`);
  }
  const columns = mined.kind === 'triplets' ? tripletColumns : pairColumns;
  for (const [name, type] of columns) {
    const column: unknown = (mined as unknown as Record<string, unknown>)[name];
    if (!(column instanceof type)) fail(`${name} must be an ${type.name}, got ${describeValue(column)}`);
    const { length } = column as Int32Array;
    if (length !== mined.anchors.length) {
      fail(`the columns must be equally long, got ${mined.anchors.length} anchors and ${length} ${name}`);
    }
  }
  checkStatistics();

  const { anchors, candidates } = batch.distances;
  for (let row = 0; row < mined.anchors.length; row++) {
    const anchor = mined.anchors[row]!;
    if (anchor < 0 || anchor >= anchors) {
      fail(`row ${row} has anchor ${anchor}, outside 0 to ${anchors - 1}`);
    }
    if (mined.kind === 'triplets') {
      checkCandidate(row, anchor, mined.positives[row]!, Relation.positive);
      checkCandidate(row, anchor, mined.negatives[row]!, Relation.negative);
    } else {
      if (mined.same[row]! > 1) fail(`row ${row} has same ${mined.same[row]}, expected 0 or 1`);
      const relation = mined.same[row] === 1 ? Relation.positive : Relation.negative;
      checkCandidate(row, anchor, mined.candidates[row]!, relation);
    }
  }

  function checkCandidate(row: number, anchor: number, candidate: number, expected: 1 | 2) {
    const role = expected === Relation.positive ? 'positive' : 'negative';
    if (candidate < 0 || candidate >= candidates) {
      fail(`row ${row} has ${role} ${candidate}, outside 0 to ${candidates - 1}`);
    }
    if (candidate === batch.selfIndex[anchor]) fail(`row ${row} pairs anchor ${anchor} with itself`);
    if (batch.relation !== undefined) {
      if (batch.relation[anchor * candidates + candidate] !== expected) {
        fail(`row ${row} takes candidate ${candidate} as a ${role} of anchor ${anchor}, which it is not`);
      }
      return;
    }
    const [own, other] = [batch.anchorLabels[anchor]!, batch.candidateLabels[candidate]!];
    if ((own === other) !== (expected === Relation.positive)) {
      fail(
        `row ${row} takes candidate ${candidate} (label ${other}) as a ${role} of anchor ${anchor} (label ${own})`,
      );
    }
  }

  function checkStatistics() {
    const statistics: unknown = mined.statistics;
    const { considered, skipped } = (statistics ?? {}) as Record<string, unknown>;
    if (!isCount(considered)) fail(`statistics.considered must be a count, got ${describeValue(considered)}`);
    if (typeof skipped !== 'object' || skipped === null || !Object.values(skipped).every(isCount)) {
      fail('statistics.skipped must map reasons to counts');
    }
  }
}

const tripletColumns = [
  ['anchors', Int32Array],
  ['positives', Int32Array],
  ['negatives', Int32Array],
] as const;
const pairColumns = [
  ['anchors', Int32Array],
  ['candidates', Int32Array],
  ['same', Uint8Array],
] as const;

const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
