import { existsSync } from 'node:fs';
import { pkSampler, type BatchSampler } from '@ft/datasets';
import type { Engine } from '@ft/engine';
import type { VerificationResult } from '@ft/eval';
import type { Miner } from '@ft/miner-api';
import { minerRegistry } from '@ft/miners';
import { createModel, saveModel, smallCnn } from '@ft/models';
import { createRandom } from '@ft/random';
import { adamW, linearDecay, loadCheckpoint, train, type Objective, type StepRecord } from '@ft/training';
import type { RunConfig, RunDraft } from './config.ts';
import type { Output } from './console-output.ts';
import { prepareData, type RunData } from './data.ts';
import { hardestTriplets } from './hardest-triplets.ts';
import { objectiveOf } from './objective.ts';
import { evaluateModel, type ModelEvaluation } from './evaluate-model.ts';
import { writeRunReport } from './run-report.ts';
import { openJsonLines, readJsonLines, type RunDirectory } from './run-directory.ts';

/** `summary.json`: what a run reached. */
export interface RunSummary {
  readonly task: 'verification';
  readonly protocol: VerificationResult['protocol'];
  readonly category: string;
  readonly accuracy: number;
  readonly standardError: number;
  readonly auc: number;
  readonly eer: number;
  readonly untrained: { readonly accuracy: number; readonly auc: number; readonly eer: number };
  readonly engine: string;
  readonly steps: number;
  readonly imagesSeen: number;
  readonly trainSeconds: number;
  readonly imagesPerSecond: number;
  readonly seed: number;
}

/** A run that is ready to begin: whatever can be refused has been looked at. */
export interface PreparedRun {
  readonly config: RunConfig;
  readonly data: RunData;
  readonly miner: Miner;
  readonly objective: Objective;
  readonly sampler: BatchSampler;
  readonly steps: number;
}

const DEFAULT_PEOPLE = 24;
const DEFAULT_EPOCHS = 8;
/** Few people make short epochs; a run without a number of epochs has at least this many steps. */
const DEFAULT_STEPS = 200;

/**
 * Decodes the data of a run, settles what depends on it, and refuses what cannot work, before anything is written.
 */
export async function prepareRun(draft: RunDraft, output: Output): Promise<PreparedRun> {
  const registry = minerRegistry({ directory: process.cwd(), enabled: draft.plugins });
  const miner = await registry.create(draft.miner.name, draft.miner.options);
  const objective = objectiveOf(draft, miner);
  const data = await prepareData(draft, output);
  const { labels } = data.train;
  const versions = { ...draft.versions };
  for (const { plugin, version } of registry.list()) {
    if (plugin !== undefined && draft.plugins.includes(plugin)) versions[plugin] = version!;
  }
  const people = draft.people ?? Math.max(2, Math.min(DEFAULT_PEOPLE, usablePeople(labels)));
  const random = createRandom(draft.seed, 'sampler');
  const sampler = pkSampler({ labels, people, imagesPerPerson: draft.images, random });
  const { batchesPerEpoch } = sampler;
  const epochs = draft.epochs ?? Math.max(DEFAULT_EPOCHS, Math.ceil(DEFAULT_STEPS / batchesPerEpoch));
  return {
    config: { ...draft, people, epochs, versions },
    data,
    miner,
    objective,
    sampler,
    steps: epochs * batchesPerEpoch,
  };
}

/** People with two images or more. */
function usablePeople(labels: Int32Array): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts.values()].filter((count) => count >= 2).length;
}

export interface TrainRunOptions {
  readonly directory: RunDirectory;
  readonly engine: Engine;
  readonly resume: boolean;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/**
 * Trains, measures and reports a prepared run, in its folder.
 *
 * @returns the summary; undefined where the run was interrupted and can be resumed
 */
export async function trainRun(
  { config, data, miner, objective, sampler, steps }: PreparedRun,
  { directory, engine, resume, output, signal }: TrainRunOptions,
): Promise<RunSummary | undefined> {
  const { size, width, embeddingSize } = config.model;
  if (!resume) await directory.writeJson('config.json', config);

  const model = createModel(smallCnn({ size, width, embeddingSize }), { seed: config.seed });
  const optimizer = adamW(model.weights, { weightDecay: config.weightDecay });
  try {
    let untrained = (await directory.readJson('untrained.json')) as ModelEvaluation | undefined;
    if (untrained === undefined) {
      untrained = await evaluateModel(model, data.evaluation, output, 'Measuring the untrained network');
      await directory.writeJson('untrained.json', untrained);
    }
    output.say(`Untrained: accuracy ${formatAccuracy(untrained)}`);

    output.say(
      `Training ${config.loss} loss with the ${miner.name} miner: ${config.epochs} epochs of ${sampler.batchesPerEpoch} ` +
        `batches, ${config.people} people x ${config.images} images each, on ${engine.name}`,
    );
    const progress = output.progress('Training');
    const snapshotEvery = Math.max(1, Math.floor(steps / SNAPSHOTS));
    const checkpoint =
      resume && existsSync(directory.checkpoint) ? await loadCheckpoint(directory.checkpoint) : undefined;
    const before = ({ step }: { step: number }) => step <= (checkpoint?.step ?? 0);
    const metrics = await openJsonLines(directory.metrics, before);
    const triplets = await openJsonLines(directory.triplets, before);
    const reached = await train({
      model,
      images: data.train,
      sampler,
      miner,
      objective,
      optimizer,
      learningRate: linearDecay({ peak: config.learningRate, steps, warmup: Math.min(10, steps - 1) }),
      steps,
      augment: config.augment,
      seed: config.seed,
      checkpoint: { file: directory.checkpoint, every: config.checkpointEvery },
      ...(checkpoint === undefined ? {} : { resume: checkpoint }),
      signal,
      onStep(record, detail) {
        metrics.append(record);
        output.event('step', { ...record });
        if (record.step % snapshotEvery === 0) triplets.append(hardestTriplets(record.step, detail, data));
        const speed = (detail.images.length / record.time.step) * 1000;
        progress.update(
          record.step,
          steps,
          `loss ${record.loss.toFixed(3)}, ${record.mined} triplets, ${speed.toFixed(0)} images/s`,
        );
      },
    }).finally(() => {
      progress.end();
      metrics.close();
      triplets.close();
    });
    if (reached < steps) return undefined;

    await saveModel(model, directory.model, { run: directory.name, seed: String(config.seed) });
    const trained = await evaluateModel(model, data.evaluation, output, 'Measuring the trained network');
    const records = await readJsonLines<StepRecord>(directory.metrics);
    const trainSeconds = records.reduce((sum, { time }) => sum + time.step, 0) / 1000;
    const imagesSeen = steps * config.people * config.images;
    const summary: RunSummary = {
      task: 'verification',
      protocol: trained.protocol,
      category: data.category,
      accuracy: trained.accuracy!,
      standardError: trained.standardError!,
      auc: trained.auc,
      eer: trained.eer.rate,
      untrained: { accuracy: untrained.accuracy!, auc: untrained.auc, eer: untrained.eer.rate },
      engine: `${engine.name} ${engine.version}`,
      steps,
      imagesSeen,
      trainSeconds: round(trainSeconds, 1),
      imagesPerSecond: round(imagesSeen / trainSeconds, 1),
      seed: config.seed,
    };
    await directory.writeJson('evaluation.json', trained);
    await directory.writeJson('identities.json', data.trainIdentities);
    await writeRunReport({ directory, config, data, summary, untrained, trained, records });
    await directory.writeJson('summary.json', summary);
    output.say(`Trained:   accuracy ${formatAccuracy(trained)}`);
    output.event('summary', { ...summary, run: directory.path });
    return summary;
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

const SNAPSHOTS = 8;

function formatAccuracy({ accuracy, standardError, auc }: VerificationResult): string {
  return `${accuracy!.toFixed(4)} ± ${standardError!.toFixed(4)}, area under ROC ${auc.toFixed(4)}`;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
