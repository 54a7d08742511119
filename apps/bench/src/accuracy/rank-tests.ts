import { InvalidArgumentError } from '@ft/errors';

/** Scores of the same blocks (seed, fold) under each treatment; higher is better. */
export interface ScoreTable {
  readonly treatments: readonly string[];
  /** [blocks][treatments] */
  readonly scores: readonly (readonly number[])[];
}

/**
 * Quantiles of the studentized range over the root of two, at 0.05 and infinite degrees of freedom, for 2 to 20
 * treatments (Demšar, table 5, continued).
 */
const q = [
  1.96, 2.343, 2.569, 2.728, 2.85, 2.949, 3.031, 3.102, 3.164, 3.219, 3.268, 3.313, 3.354, 3.391, 3.426,
  3.458, 3.489, 3.517, 3.544,
];

/**
 * Mean rank of each treatment over the blocks, 1 the best, ties sharing their ranks, and the difference of mean ranks
 * that the Nemenyi test calls significant at 0.05.
 *
 * @throws InvalidArgumentError where there are fewer than 2 or more than 20 treatments
 * @see Demšar, "Statistical comparisons of classifiers over multiple data sets" (JMLR 7, 2006)
 */
export function meanRanks({ treatments, scores }: ScoreTable): {
  readonly ranks: readonly number[];
  readonly criticalDifference: number;
} {
  const k = treatments.length;
  if (k < 2 || k > q.length + 1) {
    throw new InvalidArgumentError({
      where: 'meanRanks',
      argument: 'treatments',
      expected: `a list of 2 to ${q.length + 1}`,
      got: treatments,
    });
  }
  const sums = new Array<number>(k).fill(0);
  for (const block of scores) rankDescending(block).forEach((rank, i) => (sums[i]! += rank));
  return {
    ranks: sums.map((sum) => sum / scores.length),
    criticalDifference: q[k - 2]! * Math.sqrt((k * (k + 1)) / (6 * scores.length)),
  };
}

/** The rank of each value, 1 for the highest; equal values share the mean of their ranks. */
export function rankDescending(values: readonly number[]): number[] {
  return values.map((value) => {
    const above = values.filter((other) => other > value).length;
    const equal = values.filter((other) => other === value).length;
    return above + (equal + 1) / 2;
  });
}

/**
 * Exact two-sided p-value of the Wilcoxon signed-rank test, by counting all sign patterns; zero differences are left
 * out and equal ones share ranks. 1 where no difference is left.
 *
 * @see Wilcoxon, "Individual comparisons by ranking methods" (1945)
 */
export function wilcoxonSignedRank(differences: readonly number[]): number {
  const kept = differences.filter((difference) => difference !== 0);
  // Doubled, so that shared ranks are whole numbers.
  const ranks = rankDescending(kept.map((difference) => -Math.abs(difference))).map((rank) => 2 * rank);
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const observed = ranks.reduce((sum, rank, i) => (kept[i]! > 0 ? sum + rank : sum), 0);
  let counts = new Float64Array(total + 1);
  counts[0] = 1;
  for (const rank of ranks) {
    const next = counts.slice();
    for (let sum = rank; sum <= total; sum++) next[sum]! += counts[sum - rank]!;
    counts = next;
  }
  const extreme = Math.min(observed, total - observed);
  let tail = 0;
  for (let sum = 0; sum <= extreme; sum++) tail += counts[sum]!;
  return Math.min(1, (2 * tail) / 2 ** ranks.length);
}

/** p-values corrected for being several, in their order (Holm, 1979). */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!);
  const corrected = new Array<number>(pValues.length);
  let most = 0;
  order.forEach((index, place) => {
    most = Math.max(most, Math.min(1, (pValues.length - place) * pValues[index]!));
    corrected[index] = most;
  });
  return corrected;
}
