import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { evaluateVerification, mcnemarTest, type McNemar } from '@ft/eval';
import { renderReport } from '@ft/report';
import type { RunConfig } from './config.ts';
import { createNetwork } from './create-network.ts';
import { pText, type ModelEvaluation } from './evaluate-model.ts';
import { createFeatureBank } from './feature-bank.ts';
import { openRunDirectory, runDirectory, type RunDirectory } from './run-directory.ts';
import { prepareRun, type PreparedRun } from './prepare-run.ts';
import type { RunSummary } from './run-summary.ts';
import { trainRun, type TrainRunOptions } from './train-run.ts';

const FOLDS = 10;

/** One fold of View 2: a network trained without its people, on its pairs. */
interface FoldRow {
  /** From 1. */
  readonly fold: number;
  readonly accuracy: number;
  readonly threshold: number;
  readonly falseAccepts: number;
  readonly falseRejects: number;
  /** The network before training, with a threshold from the same pairs of other people. */
  readonly start: number;
  /** The trained network with the metric learned on its training images, where the run learns one. */
  readonly metric?: number;
}

/** `summary.json` of the ten folds together. */
export interface View2Summary {
  readonly task: 'verification';
  readonly protocol: 'lfw-view2';
  readonly category: string;
  /** Mean of the folds' accuracies. */
  readonly accuracy: number;
  /** Standard deviation of the folds' accuracies, with n - 1, over the root of 10. */
  readonly standardError: number;
  /** Mean of the folds' areas under the ROC. */
  readonly auc: number;
  readonly start: { readonly accuracy: number; readonly standardError: number };
  /** A network that is the same for all folds, with each fold's threshold from the other nine folds' pairs. */
  readonly asLoaded?: { readonly accuracy: number; readonly standardError: number };
  /** The same with each fold's learned metric, where the run learns one. */
  readonly metric?: {
    readonly accuracy: number;
    readonly standardError: number;
    readonly auc: number;
    readonly paired: McNemar;
  };
  /** Which of the 6,000 pairs only the network before training (first) or after it (second) calls rightly. */
  readonly paired: McNemar;
  readonly folds: readonly FoldRow[];
  readonly engine: string;
  readonly imagesSeen: number;
  readonly trainSeconds: number;
  readonly seed: number;
}

/**
 * LFW View 2: trains a network for each of the ten folds, on people of the other nine, chooses its threshold on pairs
 * of some people of those nine who were kept out of training, and tests it on the fold's 600 pairs.
 *
 * Each fold is a run of its own in a folder of this one; a fold that is done is not done again.
 *
 * @param config with `fold` null
 * @param first the first fold, where it has been prepared already
 * @returns undefined where it was interrupted and can be resumed
 */
export async function runView2(
  config: RunConfig,
  options: Omit<TrainRunOptions, 'resume'>,
  first?: PreparedRun,
): Promise<View2Summary | undefined> {
  const { directory, output } = options;
  const { frozen } = config.model;
  const trunk = frozen === null ? undefined : await createNetwork(config.model, config.seed);
  const bank = trunk === undefined ? undefined : createFeatureBank(trunk, frozen!);
  const rows: FoldRow[] = [];
  const calls = { start: [] as number[], trained: [] as number[], metric: [] as number[] };
  const loaded = { distances: [] as number[], same: [] as number[], folds: [] as number[] };
  const totals = { auc: 0, metricAuc: 0, imagesSeen: 0, trainSeconds: 0 };
  let last: RunSummary | undefined;
  try {
    for (let fold = 0; fold < FOLDS; fold++) {
      output.say(`Fold ${fold + 1} of ${FOLDS}`);
      const place = runDirectory(join(directory.path, `fold-${String(fold + 1).padStart(2, '0')}`));
      const summary = await runFold(
        place,
        { ...config, fold },
        { ...options, ...(bank && { bank }) },
        fold === 0 ? first : undefined,
      );
      if (summary === undefined) return undefined;
      const start = (await place.readJson('start.json')) as ModelEvaluation;
      const trained = (await place.readJson('evaluation.json')) as ModelEvaluation;
      rows.push({
        fold: fold + 1,
        ...errorsOf(trained),
        start: start.accuracy!,
        ...(summary.metric && { metric: summary.metric.accuracy }),
      });
      calls.start.push(...start.right);
      calls.trained.push(...trained.right);
      loaded.distances.push(...start.distances);
      loaded.same.push(...start.same);
      loaded.folds.push(...start.same.map(() => fold));
      if (summary.metric !== undefined) {
        totals.metricAuc += summary.metric.auc / FOLDS;
        calls.metric.push(...((await place.readJson('evaluation-metric.json')) as ModelEvaluation).right);
      }
      totals.auc += summary.auc / FOLDS;
      totals.imagesSeen += summary.imagesSeen;
      totals.trainSeconds += summary.trainSeconds;
      last = summary;
    }
  } finally {
    trunk?.dispose();
  }
  const metrics = rows.flatMap(({ metric }) => metric ?? []);
  const asLoaded = evaluateVerification({ ...loaded, protocol: 'lfw-view2' });
  const summary: View2Summary = {
    task: 'verification',
    protocol: 'lfw-view2',
    category: last!.category,
    ...meanOf(rows.map(({ accuracy }) => accuracy)),
    auc: totals.auc,
    start: meanOf(rows.map(({ start }) => start)),
    ...(config.model.pretrained && {
      asLoaded: { accuracy: asLoaded.accuracy!, standardError: asLoaded.standardError! },
    }),
    ...(metrics.length > 0 && {
      metric: { ...meanOf(metrics), auc: totals.metricAuc, paired: mcnemarTest(calls.trained, calls.metric) },
    }),
    paired: mcnemarTest(calls.start, calls.trained),
    folds: rows,
    engine: last!.engine,
    imagesSeen: totals.imagesSeen,
    trainSeconds: Math.round(totals.trainSeconds),
    seed: config.seed,
  };
  await directory.writeJson('summary.json', summary);
  await writeFile(directory.report, await view2Report(directory.name, config, summary));
  for (const { fold, accuracy, start, metric, falseAccepts, falseRejects } of rows) {
    output.say(
      `  fold ${String(fold).padStart(2)}  accuracy ${accuracy.toFixed(4)}  before training ${start.toFixed(4)}  ` +
        (metric === undefined ? '' : `with a metric ${metric.toFixed(4)}  `) +
        `false accepts ${falseAccepts}, false rejects ${falseRejects}`,
    );
  }
  const { onlyFirst, onlySecond, pValue } = summary.paired;
  output.say(
    `View 2: accuracy ${summary.accuracy.toFixed(4)} ± ${summary.standardError.toFixed(4)} (standard error), ` +
      `before training ${summary.start.accuracy.toFixed(4)}. ${summary.category}.`,
  );
  if (summary.metric !== undefined) {
    const { accuracy, standardError, paired } = summary.metric;
    output.say(
      `With learned metrics: ${accuracy.toFixed(4)} ± ${standardError.toFixed(4)}, ${pText(paired.pValue)} against none.`,
    );
  }
  output.say(
    `Of 6,000 pairs ${onlySecond} are right only after training and ${onlyFirst} only before: ${pText(pValue)} (exact McNemar test).`,
  );
  output.event('summary', { ...summary, run: directory.path });
  return summary;
}

/** Runs a fold, goes on with it, or reads what it gave. */
async function runFold(
  directory: RunDirectory,
  config: RunConfig,
  options: Omit<TrainRunOptions, 'resume'>,
  prepared?: PreparedRun,
): Promise<RunSummary | undefined> {
  const done = (await directory.readJson('summary.json')) as RunSummary | undefined;
  if (done !== undefined) return done;
  const resume = (await directory.readJson('config.json')) !== undefined;
  const own = resume ? (await openRunDirectory(directory.path)).config : config;
  const run = prepared ?? (await prepareRun(own, options.output));
  await mkdir(directory.path, { recursive: true });
  return trainRun(run, { ...options, directory, resume });
}

function errorsOf({ accuracy, threshold, right, same }: ModelEvaluation) {
  const wrong = (kind: number) => right.filter((value, pair) => value === 0 && same[pair] === kind).length;
  return { accuracy: accuracy!, threshold: threshold!, falseAccepts: wrong(0), falseRejects: wrong(1) };
}

function meanOf(values: readonly number[]): { accuracy: number; standardError: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { accuracy: mean, standardError: Math.sqrt(squares / (values.length - 1) / values.length) };
}

function pairedText({ onlyFirst, onlySecond, pValue }: McNemar, second: string, first: string): string {
  return `${onlySecond} pairs right only ${second}, ${onlyFirst} only ${first}, ${pText(pValue)}`;
}

const percent = (value: number) => `${(value * 100).toFixed(2)} %`;

async function view2Report(name: string, config: RunConfig, summary: View2Summary): Promise<string> {
  const { folds, metric, paired } = summary;
  return renderReport({
    title: `ft run ${name}`,
    subtitle: `LFW View 2, ten folds, on ${summary.engine}`,
    sections: [
      {
        kind: 'summary',
        heading: 'Result',
        entries: {
          Accuracy: `${percent(summary.accuracy)} ± ${percent(summary.standardError)} (standard error)`,
          'Accuracy before training': `${percent(summary.start.accuracy)} ± ${percent(summary.start.standardError)}`,
          ...(summary.asLoaded && {
            "As loaded, thresholds from the other folds' pairs": `${percent(summary.asLoaded.accuracy)} ± ${percent(summary.asLoaded.standardError)}`,
          }),
          'Paired test': pairedText(paired, 'after training', 'before'),
          ...(metric && {
            'With learned metrics': `${percent(metric.accuracy)} ± ${percent(metric.standardError)}`,
            'Mean area under ROC with them': metric.auc,
            'Paired test of the metrics': pairedText(metric.paired, 'with them', 'without'),
          }),
          'Mean area under ROC': summary.auc,
          Category: summary.category,
          'Images seen': summary.imagesSeen,
          'Training time': `${summary.trainSeconds} s`,
          Seed: summary.seed,
        },
      },
      {
        kind: 'table',
        heading: 'Folds',
        columns: [
          'fold',
          'accuracy',
          'before training',
          ...(metric === undefined ? [] : ['with a metric']),
          'threshold',
          'false accepts',
          'false rejects',
        ],
        rows: folds.map((row) => [
          row.fold,
          row.accuracy,
          row.start,
          ...(row.metric === undefined ? [] : [row.metric]),
          row.threshold,
          row.falseAccepts,
          row.falseRejects,
        ]),
      },
      { kind: 'notes', heading: 'Configuration', text: JSON.stringify(config) },
    ],
  });
}
