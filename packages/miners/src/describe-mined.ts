import { InvalidArgumentError } from '@ft/errors';
import type { Mined, MinerBatch } from '@ft/miner-api';

/** What a step mined, in figures for a log and rows for pictures. Distances are in the batch's measure. */
export interface MinedDescription {
  readonly kind: Mined['kind'];
  /** Triplets or pairs selected. */
  readonly selected: number;
  /** Cases the rule looked at, as the miner's documentation says. */
  readonly considered: number;
  /** The share of the cases considered that gave something, in [0, 1]; 0 where there was none. */
  readonly activeFraction: number;
  /** Mean over the selected rows; NaN where there is none. So are the next three. */
  readonly meanPositiveDistance: number;
  readonly meanNegativeDistance: number;
  /** The farthest positive selected. */
  readonly hardestPositiveDistance: number;
  /** The nearest negative selected. */
  readonly hardestNegativeDistance: number;
  /** Cases that gave nothing, by reason. */
  readonly skipped: Readonly<Record<string, number>>;
  /**
   * Row numbers of the hardest selections, hardest first: triplets by d(a,p) − d(a,n), pairs of different
   * identities by −d. Of equally hard ones the lowest row.
   */
  readonly hardest: readonly number[];
}

/**
 * Describes what was mined from a batch.
 *
 * @param batch the batch that was mined
 * @param mined a result that {@link runMiner} has checked
 * @param options `hardest`: how many rows to name, a whole number, default 10
 * @throws InvalidArgumentError where `hardest` is not a whole number of at least 0
 */
export function describeMined(
  batch: MinerBatch,
  mined: Mined,
  { hardest = 10 }: { readonly hardest?: number } = {},
): MinedDescription {
  if (!Number.isInteger(hardest) || hardest < 0) {
    throw new InvalidArgumentError({
      where: 'describeMined',
      argument: 'hardest',
      expected: 'a whole number of at least 0',
      got: hardest,
    });
  }
  const { data, candidates } = batch.distances;
  const positive = summary();
  const negative = summary();
  const top = hardestRows(hardest);
  for (let row = 0; row < mined.anchors.length; row++) {
    const start = mined.anchors[row]! * candidates;
    if (mined.kind === 'triplets') {
      const near = data[start + mined.positives[row]!]!;
      const far = data[start + mined.negatives[row]!]!;
      positive.add(near);
      negative.add(far);
      top.offer(row, near - far);
    } else {
      const distance = data[start + mined.candidates[row]!]!;
      if (mined.same[row] === 1) positive.add(distance);
      else {
        negative.add(distance);
        top.offer(row, -distance);
      }
    }
  }
  const { considered, skipped } = mined.statistics;
  const empty = Object.values(skipped).reduce((sum, count) => sum + count, 0);
  return {
    kind: mined.kind,
    selected: mined.anchors.length,
    considered,
    activeFraction: considered === 0 ? 0 : Math.max(0, considered - empty) / considered,
    meanPositiveDistance: positive.mean(),
    meanNegativeDistance: negative.mean(),
    hardestPositiveDistance: positive.max(),
    hardestNegativeDistance: negative.min(),
    skipped,
    hardest: top.rows(),
  };
}

function summary() {
  let count = 0;
  let sum = 0;
  let least = Infinity;
  let most = -Infinity;
  return {
    add(value: number) {
      count += 1;
      sum += value;
      least = Math.min(least, value);
      most = Math.max(most, value);
    },
    mean: () => sum / count,
    min: () => (count === 0 ? NaN : least),
    max: () => (count === 0 ? NaN : most),
  };
}

/** The `size` rows with the largest hardness, kept sorted while rows are offered in ascending order. */
function hardestRows(size: number) {
  const kept: { row: number; hardness: number }[] = [];
  return {
    offer(row: number, hardness: number) {
      if (size === 0 || (kept.length === size && hardness <= kept[size - 1]!.hardness)) return;
      let at = kept.length;
      while (at > 0 && hardness > kept[at - 1]!.hardness) at -= 1;
      kept.splice(at, 0, { row, hardness });
      if (kept.length > size) kept.pop();
    },
    rows: () => kept.map(({ row }) => row),
  };
}
