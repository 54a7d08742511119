import { writeFile } from 'node:fs/promises';
import type { PackedImages } from '@ft/datasets';
import { renderReport, type ReportImage, type ReportSection } from '@ft/report';
import type { StepRecord } from '@ft/training';
import type { RunConfig } from './config.ts';
import type { EvaluationSet, RunData } from './data.ts';
import type { ModelEvaluation } from './evaluate-model.ts';
import { mistakeSections } from './mistake-sections.ts';
import { reportPicture } from './report-picture.ts';
import { readJsonLines, type RunDirectory } from './run-directory.ts';
import type { TripletRecord } from './hardest-triplets.ts';
import type { RunSummary } from './run-summary.ts';
import { trainingSections } from './training-sections.ts';

export interface RunReportOptions {
  readonly directory: RunDirectory;
  readonly config: RunConfig;
  readonly data: RunData;
  readonly summary: RunSummary;
  readonly start: ModelEvaluation;
  readonly trained: ModelEvaluation;
  readonly records: readonly StepRecord[];
}

/** Writes `report.html`: what was trained, how it went, what it reached, and the triplets it learned from. */
export async function writeRunReport(options: RunReportOptions): Promise<void> {
  const { directory, config, data, summary, start, trained, records } = options;
  const sections: ReportSection[] = [
    {
      kind: 'summary',
      heading: 'Result',
      entries: {
        'Accuracy after training': `${percent(summary.accuracy)} ± ${percent(summary.standardError)} (standard error)`,
        'Accuracy before training': percent(summary.start.accuracy),
        'Area under ROC': summary.auc,
        'Equal error rate': percent(summary.eer),
        Protocol: summary.protocol,
        Category: summary.category,
        'Pairs, same and different': `${trained.pairs.same} and ${trained.pairs.different}`,
        'Images seen': summary.imagesSeen,
        'Training time': `${summary.trainSeconds} s, ${summary.imagesPerSecond} images/s`,
        Engine: summary.engine,
      },
    },
    {
      kind: 'summary',
      heading: 'Configuration',
      entries: {
        Data: data.name,
        Loss: lossOf(config),
        Miner: `${config.miner.name} ${JSON.stringify(config.miner.options)}`,
        Batch: `${config.people} people x ${config.images} images`,
        Epochs: config.epochs,
        'Learning rate': config.learningRate,
        Network: `${config.model.name}, ${config.model.size} pixels ${JSON.stringify(config.model.options)}`,
        Seed: config.seed,
      },
    },
    ...trainingSections(records),
    {
      kind: 'roc',
      heading: 'ROC',
      curves: [
        { name: 'after training', ...trained.roc },
        { name: 'before training', ...start.roc },
      ],
    },
    histogram('Distances before training', start, data),
    histogram('Distances after training', trained, data),
    {
      kind: 'images',
      heading: 'Hardest mined triplets, as training went on',
      groups: await tripletGroups(await readJsonLines<TripletRecord>(directory.triplets), data.train),
    },
    ...(await mistakes(trained, data.evaluation)),
  ];
  const html = await renderReport({
    title: `ft run ${directory.name}`,
    subtitle: `${summary.steps} steps on ${summary.engine}`,
    sections,
  });
  await writeFile(directory.report, html);
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`;

function histogram(heading: string, result: ModelEvaluation, { evaluation }: RunData): ReportSection {
  const of = (wanted: number) => result.distances.filter((_, pair) => evaluation.same[pair] === wanted);
  return {
    kind: 'histogram',
    heading,
    same: of(1),
    different: of(0),
    threshold: result.threshold!,
    label: 'squared Euclidean distance',
  };
}

async function tripletGroups(records: readonly TripletRecord[], images: PackedImages) {
  const position = new Map(images.ids.map((id, i) => [id, i]));
  const groups: { caption: string; images: ReportImage[] }[] = [];
  for (const { step, triplets } of records) {
    for (const { anchor, positive, negative, positiveDistance, negativeDistance } of triplets) {
      groups.push({
        caption: `Step ${step}`,
        images: [
          await reportPicture(images, position.get(anchor)!, 'anchor'),
          await reportPicture(images, position.get(positive)!, `positive, ${positiveDistance.toFixed(2)}`),
          await reportPicture(images, position.get(negative)!, `negative, ${negativeDistance.toFixed(2)}`),
        ],
      });
    }
  }
  return groups;
}

function mistakes(
  trained: ModelEvaluation,
  { images, a, b, folds }: EvaluationSet,
): Promise<ReportSection[]> {
  const { same, distances, threshold } = trained;
  // Without folds there is one threshold, chosen on other people.
  const ofFold = new Map(trained.folds.map((result) => [result.fold, result.threshold]));
  const thresholds = Array.from(folds, (fold) => ofFold.get(fold) ?? threshold!);
  return mistakeSections(images, { a, b, same, distances }, thresholds);
}

function lossOf({ loss, margin, temperature }: RunConfig): string {
  const margins = margin === null ? '' : `, margin ${margin}`;
  return `${loss}${margins}${temperature === null ? '' : `, temperature ${temperature}`}`;
}
