import { InvalidArgumentError } from '@ft/errors';
import {
  areaUnderRoc,
  compareVerification,
  equalErrorRate,
  mcnemarTest,
  type Comparison,
  type McNemar,
} from '@ft/eval';
import { createRandom } from '@ft/random';
import type { ReportSection } from '@ft/report';
import type { ModelEvaluation } from './evaluate-model.ts';

/** A run and what it was measured to reach. */
export interface EvaluatedRun {
  readonly name: string;
  readonly evaluation: ModelEvaluation;
}

/** A run beside the first one, on the same pairs. */
export interface RunComparison {
  readonly run: string;
  readonly baseline: string;
  /** Accuracy of the run less that of the baseline. */
  readonly accuracyDifference: number;
  /** Calls that only one of them got right; pairs taken as independent. */
  readonly mcnemar: McNemar;
  /** By a paired bootstrap over people. */
  readonly auc: Comparison;
  readonly eer: Comparison;
}

const REPLICATES = 1000;

/**
 * Compares runs with the first of them.
 *
 * @param runs two or more
 * @throws InvalidArgumentError where they were not measured on the same pairs
 */
export function compareRuns(runs: readonly EvaluatedRun[]): RunComparison[] {
  const [baseline, ...others] = runs as [EvaluatedRun, ...EvaluatedRun[]];
  const first = baseline.evaluation;
  return others.map(({ name, evaluation: second }) => {
    if (second.pairsId !== first.pairsId) {
      throw new InvalidArgumentError({
        where: 'ft compare',
        argument: name,
        expected: `measured on the same pairs as ${baseline.name}`,
        got: `${second.distances.length} pairs of ${second.protocol}, of other images`,
        remedy: 'Runs of the same data, seed and --holdout share their pairs.',
      });
    }
    const compare = (statistic: Parameters<typeof compareVerification>[2]) =>
      compareVerification(first, second.distances, statistic, {
        random: createRandom(1, 'compare'),
        replicates: REPLICATES,
      });
    return {
      run: name,
      baseline: baseline.name,
      accuracyDifference: second.accuracy! - first.accuracy!,
      mcnemar: mcnemarTest(first.right, second.right),
      auc: compare(areaUnderRoc),
      eer: compare((curve) => equalErrorRate(curve).rate),
    };
  });
}

/** A comparison as report sections. */
export function comparisonSections(
  runs: readonly EvaluatedRun[],
  comparisons: readonly RunComparison[],
): ReportSection[] {
  return [
    {
      kind: 'table',
      heading: 'Runs',
      columns: ['run', 'accuracy', 'standard error', 'area under ROC', 'equal error rate', 'pairs'],
      rows: runs.map(({ name, evaluation: { accuracy, standardError, auc, eer, distances } }) => [
        name,
        accuracy,
        standardError,
        auc,
        eer.rate,
        distances.length,
      ]),
    },
    {
      kind: 'table',
      heading: `Differences from ${runs[0]!.name}`,
      columns: ['run', 'accuracy', 'McNemar p', 'area under ROC (95 %)', 'p', 'equal error rate (95 %)', 'p'],
      rows: comparisons.map(({ run, accuracyDifference, mcnemar, auc, eer }) => [
        run,
        signed(accuracyDifference),
        mcnemar.pValue,
        withInterval(auc),
        auc.pValue,
        withInterval(eer),
        eer.pValue,
      ]),
    },
    {
      kind: 'roc',
      heading: 'ROC',
      curves: runs.map(({ name, evaluation: { roc } }) => ({ name, ...roc })),
    },
    {
      kind: 'det',
      heading: 'DET',
      curves: runs.map(({ name, evaluation: { roc } }) => ({ name, ...roc })),
    },
    {
      kind: 'notes',
      heading: 'How to read this',
      text:
        'All runs were measured on the same pairs. Intervals and their p come from a paired bootstrap over people; the ' +
        'McNemar test takes pairs as independent, which they are not where people come in several. One run a setting does ' +
        'not show what another seed would change.',
    },
  ];
}

function withInterval({ difference, interval: { low, high } }: Comparison): string {
  return `${signed(difference)} (${signed(low)} to ${signed(high)})`;
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
