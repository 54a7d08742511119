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

/** Writes the logits of a row into its scratch. */
export function writeLogits(
  { start, end, cells, kinds, scratch }: HostRow,
  positive: Logit,
  negative: Logit,
): void {
  const { scale: a, bias: b } = positive;
  const { scale: c, bias: d } = negative;
  for (let i = start, j = 0; i < end; i++, j++) {
    scratch[j] = kinds[i] === Relation.negative ? c * cells[i]! + d : a * cells[i]! + b;
  }
}

/** Replaces the logits of a row by exponentials that are a softmax but for their total, kind by kind. */
export function exponentials({
  start,
  end,
  kinds,
  scratch,
}: HostRow): Record<'positive' | 'negative', KindSum> {
  let topPositive = Number.NEGATIVE_INFINITY;
  let topNegative = Number.NEGATIVE_INFINITY;
  for (let i = start, j = 0; i < end; i++, j++) {
    const logit = scratch[j]!;
    if (kinds[i] === Relation.negative) {
      if (logit > topNegative) topNegative = logit;
    } else if (kinds[i] === Relation.positive && logit > topPositive) topPositive = logit;
  }
  let positive = 0;
  let negative = 0;
  for (let i = start, j = 0; i < end; i++, j++) {
    if (kinds[i] === Relation.negative) negative += scratch[j] = expOfNonPositive(scratch[j]! - topNegative);
    else if (kinds[i] === Relation.positive)
      positive += scratch[j] = expOfNonPositive(scratch[j]! - topPositive);
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
  const n = negative * weight;
  for (let i = start, j = 0; i < end; i++, j++) {
    if (kinds[i] === Relation.negative) slopes[i] = scratch[j]! * n;
    else if (kinds[i] === Relation.positive) slopes[i] = scratch[j]! * p;
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
