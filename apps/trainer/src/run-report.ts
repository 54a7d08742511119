import { writeFile } from 'node:fs/promises';
import type { PackedImages } from '@ft/datasets';
import { worstErrors, type PairError } from '@ft/eval';
import { renderReport, type ReportImage, type ReportSection } from '@ft/report';
import type { StepRecord } from '@ft/training';
import sharp from 'sharp';
import type { RunConfig } from './config.ts';
import type { EvaluationSet, RunData } from './data.ts';
import type { ModelEvaluation } from './evaluate-model.ts';
import { readJsonLines, type RunDirectory } from './run-directory.ts';
import type { TripletRecord } from './hardest-triplets.ts';
import type { RunSummary } from './train-run.ts';

export interface RunReportOptions {
  readonly directory: RunDirectory;
  readonly config: RunConfig;
  readonly data: RunData;
  readonly summary: RunSummary;
  readonly untrained: ModelEvaluation;
  readonly trained: ModelEvaluation;
  readonly records: readonly StepRecord[];
}

/** Writes `report.html`: what was trained, how it went, what it reached, and the triplets it learned from. */
export async function writeRunReport(options: RunReportOptions): Promise<void> {
  const { directory, config, data, summary, untrained, trained, records } = options;
  const sections: ReportSection[] = [
    {
      kind: 'summary',
      heading: 'Result',
      entries: {
        'Accuracy, trained': `${percent(summary.accuracy)} ± ${percent(summary.standardError)} (standard error)`,
        'Accuracy, untrained': percent(summary.untrained.accuracy),
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
        Loss: `${config.loss}, margin ${config.margin}`,
        Miner: `${config.miner.name} ${JSON.stringify(config.miner.options)}`,
        Batch: `${config.people} people x ${config.images} images`,
        Epochs: config.epochs,
        'Learning rate': config.learningRate,
        Network: `${config.model.name}, ${config.model.size} pixels, width ${config.model.width}`,
        Seed: config.seed,
      },
    },
    curve('Loss', 'loss', records, { 'mean loss of the mined tuples': (record) => record.loss }),
    curve('Mined tuples', 'tuples in a batch', records, { mined: (record) => record.mined }),
    curve('Distances', 'mean distance', records, {
      positives: (record) => record.positiveDistance,
      negatives: (record) => record.negativeDistance,
      'all pairs': (record) => record.spread,
    }),
    {
      kind: 'roc',
      heading: 'ROC',
      curves: [
        { name: 'trained', ...trained.roc },
        { name: 'untrained', ...untrained.roc },
      ],
    },
    histogram('Distances before training', untrained, data),
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

function curve(
  heading: string,
  label: string,
  records: readonly StepRecord[],
  series: Readonly<Record<string, (record: StepRecord) => number | null>>,
): ReportSection {
  return {
    kind: 'lines',
    heading,
    x: { label: 'step' },
    y: { label, min: 0 },
    series: Object.entries(series).map(([name, value]) => ({
      name,
      points: records.map((record) => [record.step, value(record) ?? Number.NaN] as const),
    })),
  };
}

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
          await picture(images, position.get(anchor)!, 'anchor'),
          await picture(images, position.get(positive)!, `positive, ${positiveDistance.toFixed(2)}`),
          await picture(images, position.get(negative)!, `negative, ${negativeDistance.toFixed(2)}`),
        ],
      });
    }
  }
  return groups;
}

/** The pairs that the trained network got most wrong, as pictures: wrong labels and bad crops come first. */
async function mistakes(
  { distances, folds }: ModelEvaluation,
  { images, a, b, same, folds: foldOf }: EvaluationSet,
): Promise<ReportSection[]> {
  const thresholds = new Map(folds.map(({ fold, threshold }) => [fold, threshold]));
  const perPair = Array.from(foldOf, (fold) => thresholds.get(fold)!);
  const { falseAccepts, falseRejects } = worstErrors({ distances, same }, perPair, MISTAKES_SHOWN);
  const section = async (heading: string, errors: readonly PairError[]): Promise<ReportSection> => ({
    kind: 'images',
    heading,
    groups: await Promise.all(
      errors.map(async ({ pair, distance, threshold }) => ({
        caption: `Distance ${distance.toFixed(2)}, threshold ${threshold.toFixed(2)}`,
        images: [
          await picture(images, a[pair]!, images.identities[images.labels[a[pair]!]!]!),
          await picture(images, b[pair]!, images.identities[images.labels[b[pair]!]!]!),
        ],
      })),
    ),
  });
  return [
    await section('Two people taken for one', falseAccepts),
    await section('One person taken for two', falseRejects),
  ];
}

const MISTAKES_SHOWN = 6;

async function picture(images: PackedImages, index: number, caption: string): Promise<ReportImage> {
  const { width, height, channels, pixels } = images;
  const size = width * height * channels;
  const jpeg = await sharp(pixels.subarray(index * size, (index + 1) * size), {
    raw: { width, height, channels },
  })
    .jpeg({ quality: 85 })
    .toBuffer();
  return { source: `data:image/jpeg;base64,${jpeg.toString('base64')}`, caption };
}
