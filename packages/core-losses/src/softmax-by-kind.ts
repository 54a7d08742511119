import { Relation } from '@ft/miner-api';
import { expOfNonPositive } from './exp-of-non-positive.ts';
import type { HostRow } from './host-loss.ts';

/** A logit is `scale` times the cell, plus `bias`. */
interface Logit {
  readonly scale: number;
  readonly bias: number;
}

/** What became of the logits of one kind in a row. */
interface KindSum {
  /** log(sum of exp); -Infinity where the kind is absent. */
  readonly logSumExp: number;
  /** The softmax is the number in the scratch over this. */
  readonly total: number;
}

/** Logits farther apart than this need a top of their own row, so that no row comes to nothing. */
const widest = 80;

/**
 * Writes exponentials of the logits of a row into its scratch: a softmax but for their total, kind by kind.
 *
 * Where the logits of the whole matrix lie close together, their common top saves a pass over the row.
 */
export function exponentials(
  row: HostRow,
  positive: Logit,
  negative: Logit,
): Record<'positive' | 'negative', KindSum> {
  const { start, end, cells, kinds, scratch } = row;
  const range = row.range();
  const { positive: alike, negative: different } = Relation;
  const { scale: a } = positive;
  const { scale: c } = negative;
  let topPositive = a * (a > 0 ? range.most : range.least);
  let topNegative = c * (c > 0 ? range.most : range.least);
  if (!(Math.max(Math.abs(a), Math.abs(c)) * (range.most - range.least) < widest)) {
    topPositive = Number.NEGATIVE_INFINITY;
    topNegative = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) {
      if (kinds[i] === different) topNegative = Math.max(topNegative, c * cells[i]!);
      else if (kinds[i] === alike) topPositive = Math.max(topPositive, a * cells[i]!);
    }
  }
  let ofPositives = 0;
  let ofNegatives = 0;
  for (let i = start, j = 0; i < end; i++, j++) {
    if (kinds[i] === different) {
      ofNegatives += scratch[j] = expOfNonPositive(c * cells[i]! - topNegative);
    } else if (kinds[i] === alike) {
      ofPositives += scratch[j] = expOfNonPositive(a * cells[i]! - topPositive);
    }
  }
  return {
    positive: { logSumExp: topPositive + positive.bias + Math.log(ofPositives), total: ofPositives },
    negative: { logSumExp: topNegative + negative.bias + Math.log(ofNegatives), total: ofNegatives },
  };
}

/** Replaces logits in the scratch of a row by their exponentials, as `exponentials` does. */
export function exponentialsOfScratch({
  start,
  end,
  kinds,
  scratch,
}: HostRow): Record<'positive' | 'negative', KindSum> {
  const { positive: alike, negative: different } = Relation;
  let topPositive = Number.NEGATIVE_INFINITY;
  let topNegative = Number.NEGATIVE_INFINITY;
  for (let i = start, j = 0; i < end; i++, j++) {
    const logit = scratch[j]!;
    if (kinds[i] === different) {
      if (logit > topNegative) topNegative = logit;
    } else if (kinds[i] === alike && logit > topPositive) topPositive = logit;
  }
  let positive = 0;
  let negative = 0;
  for (let i = start, j = 0; i < end; i++, j++) {
    if (kinds[i] === different) negative += scratch[j] = expOfNonPositive(scratch[j]! - topNegative);
    else if (kinds[i] === alike) {
      positive += scratch[j] = expOfNonPositive(scratch[j]! - topPositive);
    }
  }
  return {
    positive: { logSumExp: topPositive + Math.log(positive), total: positive },
    negative: { logSumExp: topNegative + Math.log(negative), total: negative },
  };
}

/** Writes the slopes of a row: its exponentials times a factor of their kind. */
export function writeSlopes(
  { start, end, kinds, slopes, scratch, weight }: HostRow,
  positive: number,
  negative: number,
): void {
  const p = positive * weight;
  const { positive: alike, negative: different } = Relation;
  const n = negative * weight;
  for (let i = start, j = 0; i < end; i++, j++) {
    if (kinds[i] === different) slopes[i] = scratch[j]! * n;
    else if (kinds[i] === alike) slopes[i] = scratch[j]! * p;
  }
}

/** log(1 + e^x). */
export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
