import type { Cell, CellResult } from './cell.ts';
import { treatmentOf, type Grid } from './grid.ts';
import { holm, wilcoxonSignedRank, type ScoreTable } from './rank-tests.ts';

/** A cell that was run, with what it reached. */
export interface Reached {
  readonly cell: Cell;
  readonly result: CellResult;
}

/** One line of the leaderboard. */
export interface Standing {
  readonly treatment: string;
  readonly runs: number;
  readonly accuracy: number;
  /** Standard deviation over the runs, n - 1; 0 of one run. */
  readonly deviation: number;
  readonly lowest: number;
  readonly highest: number;
  readonly auc: number;
  readonly activeFraction: number | null;
  /** Runs in which the network collapsed at some time; null where a result does not say. */
  readonly collapsed: number | null;
  readonly trainSeconds: number;
}

/** Treatments by their mean accuracy, the best first. */
export function standings(reached: readonly Reached[], grid: Pick<Grid, 'losses' | 'models'>): Standing[] {
  return [...byTreatment(reached, grid)]
    .map(([treatment, runs]) => {
      const accuracies = runs.map(({ result }) => result.accuracy);
      const fractions = runs.map(({ result }) => result.activeFraction);
      const accuracy = mean(accuracies);
      const squares = accuracies.reduce((sum, value) => sum + (value - accuracy) ** 2, 0);
      return {
        treatment,
        runs: runs.length,
        accuracy,
        deviation: runs.length > 1 ? Math.sqrt(squares / (runs.length - 1)) : 0,
        lowest: Math.min(...accuracies),
        highest: Math.max(...accuracies),
        auc: mean(runs.map(({ result }) => result.auc)),
        activeFraction: fractions.includes(null) ? null : mean(fractions as number[]),
        collapsed: runs.some(({ result }) => result.collapsedAt === undefined)
          ? null
          : runs.filter(({ result }) => result.collapsedAt !== null).length,
        trainSeconds: mean(runs.map(({ result }) => result.trainSeconds)),
      };
    })
    .sort((a, b) => b.accuracy - a.accuracy);
}

/**
 * Accuracies of the blocks (a seed, a fold, and whatever else is not the treatment) that every treatment has been
 * through. Fewer than two treatments or blocks cannot be compared: undefined.
 */
export function scoreTable(
  reached: readonly Reached[],
  grid: Pick<Grid, 'losses' | 'models'>,
): ScoreTable | undefined {
  const groups = byTreatment(reached, grid);
  const treatments = [...groups.keys()];
  const blocks = new Map<string, number[]>();
  for (const [index, runs] of [...groups.values()].entries()) {
    for (const { cell, result } of runs) {
      const key = `${cell.seed} ${cell.fold}`;
      blocks.set(key, [...(blocks.get(key) ?? [])]);
      blocks.get(key)![index] = result.accuracy;
    }
  }
  const scores = [...blocks.values()].filter((block) => treatments.every((_, i) => block[i] !== undefined));
  return treatments.length < 2 || scores.length < 2 ? undefined : { treatments, scores };
}

/** Every pair of treatments on the same blocks: mean difference and corrected p-value of the signed ranks. */
export function pairedComparisons({ treatments, scores }: ScoreTable) {
  const pairs = treatments.flatMap((first, i) =>
    treatments.slice(i + 1).map((second, k) => {
      const differences = scores.map((block) => block[i]! - block[i + 1 + k]!);
      return {
        first,
        second,
        difference: mean(differences),
        wins: differences.filter((difference) => difference > 0).length,
        blocks: scores.length,
        p: wilcoxonSignedRank(differences),
      };
    }),
  );
  const corrected = holm(pairs.map(({ p }) => p));
  return pairs.map((pair, i) => ({ ...pair, corrected: corrected[i]! }));
}

/** The runs of each treatment, in the order of the grid. */
export function byTreatment(
  reached: readonly Reached[],
  grid: Pick<Grid, 'losses' | 'models'>,
): Map<string, Reached[]> {
  const groups = new Map<string, Reached[]>();
  for (const one of reached) {
    const name = treatmentOf(one.cell, grid);
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return groups;
}

/** Of at least one number. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
