import { renderReport, sectionCsv, type Report, type TableSection } from '@ft/report';
import {
  byTreatment,
  mean,
  pairedComparisons,
  scoreTable,
  standings,
  type Reached,
} from './compare-treatments.ts';
import { groupsOf } from './critical-difference-diagram.ts';
import { treatmentOf, type Grid } from './grid.ts';
import { meanRanks, type ScoreTable } from './rank-tests.ts';

/** The leaderboard as a section of a report, which is also what the CSV file holds. */
function leaderboard(reached: readonly Reached[], grid: Pick<Grid, 'losses' | 'models'>): TableSection {
  return {
    kind: 'table',
    heading: 'Leaderboard',
    columns: [
      'strategy',
      'runs',
      'mean accuracy',
      'standard deviation',
      'lowest',
      'highest',
      'area under ROC',
      'active fraction at the end',
      'runs that collapsed',
      'seconds of training',
    ],
    rows: standings(reached, grid).map((standing) => Object.values(standing)),
  };
}

/** One row a cell, all digits. */
export function cellsCsv(reached: readonly Reached[], grid: Pick<Grid, 'losses' | 'models'>): string {
  return sectionCsv({
    kind: 'table',
    heading: 'Runs',
    columns: [
      'strategy',
      'seed',
      'fold',
      'accuracy',
      'standard error',
      'auc',
      'eer',
      'collapsed after images',
      'train seconds',
      'mining seconds',
    ],
    rows: reached.map(({ cell, result }) => [
      treatmentOf(cell, grid),
      cell.seed,
      cell.fold,
      result.accuracy,
      result.standardError,
      result.auc,
      result.eer,
      result.collapsedAt ?? null,
      result.trainSeconds,
      result.miningSeconds,
    ]),
  });
}

/** The comparison as one HTML file. */
export function accuracyReport(
  name: string,
  grid: Grid,
  reached: readonly Reached[],
  facts: { readonly date: string; readonly device: string; readonly seconds: number },
): Promise<string> {
  const table = scoreTable(reached, grid);
  const [any] = reached;
  const report: Report = {
    title: `Comparison ${name}`,
    subtitle: `${facts.date.slice(0, 10)}, ${facts.device}`,
    sections: [
      leaderboard(reached, grid),
      {
        kind: 'summary',
        heading: 'Same for all',
        entries: {
          data: grid.data,
          model: grid.models
            .map((model) => `${model.name} ${model.size} px, width ${model.width}`)
            .join('; '),
          loss: grid.losses.join(', '),
          margin: grid.margin,
          batch: `${grid.people} people x ${grid.images} images`,
          'images seen': grid.imagesSeen,
          'learning rate': grid.learningRate,
          seeds: grid.seeds.join(', '),
          folds: grid.folds.join(', '),
          runs: reached.length,
          'seconds of all trainings': reached.reduce((sum, { result }) => sum + result.trainSeconds, 0),
          'seconds of this command': facts.seconds,
          ...any?.cell.versions,
        },
      },
      learningCurves(reached, grid),
      ...(table === undefined ? [] : significance(table)),
    ],
  };
  return renderReport(report);
}

function learningCurves(reached: readonly Reached[], grid: Grid) {
  return {
    kind: 'lines' as const,
    heading: 'Learning curves: mean over the runs',
    x: { label: 'images seen' },
    y: { label: 'accuracy' },
    series: [...byTreatment(reached, grid)].map(([name, runs]) => ({
      name,
      points: runs[0]!.result.curve.map(
        ([seen], i) => [seen, mean(runs.map(({ result }) => result.curve[i]![1]))] as const,
      ),
    })),
  };
}

function significance(table: ScoreTable): Report['sections'] {
  const { ranks, criticalDifference } = meanRanks(table);
  const order = ranks.map((_, i) => i).sort((a, b) => ranks[a]! - ranks[b]!);
  const groups = groupsOf(
    order.map((i) => ranks[i]!),
    criticalDifference,
  );
  const blocks = table.scores.length;
  return [
    {
      kind: 'lines',
      heading: 'Critical differences: mean ranks, each with half the critical difference on both sides',
      x: { label: 'mean rank, 1 is best' },
      y: { label: 'place' },
      series: order.map((treatment, place) => ({
        name: table.treatments[treatment]!,
        points: [-0.5, 0, 0.5].map(
          (side) => [ranks[treatment]! + side * criticalDifference, place + 1] as const,
        ),
      })),
    },
    {
      kind: 'notes',
      heading: 'Significance',
      text:
        `Ranks over ${blocks} blocks (a seed and a fold each). Nemenyi test at 0.05: mean ranks that differ by ` +
        `${criticalDifference.toFixed(2)} or more differ significantly. ` +
        (groups.length === 0
          ? 'All strategies differ.'
          : `Not told apart: ${groups.map(([low, high]) => `ranks ${low.toFixed(2)} to ${high.toFixed(2)}`).join('; ')}.`) +
        `\n\nThe table below tests each pair by exact Wilcoxon signed ranks on the same blocks, corrected for the number of ` +
        `pairs (Holm). With ${blocks} blocks the smallest p there can be is ${(2 / 2 ** blocks).toPrecision(2)} before the correction.`,
    },
    {
      kind: 'table',
      heading: 'Pairs',
      columns: ['pair', 'mean difference', 'better in', 'p', 'p, corrected'],
      rows: pairedComparisons(table).map(({ first, second, difference, wins, blocks: of, p, corrected }) => [
        `${first} against ${second}`,
        difference,
        `${wins} of ${of}`,
        p,
        corrected,
      ]),
    },
  ];
}
