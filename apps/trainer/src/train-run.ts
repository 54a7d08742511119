import type { Engine } from '@ft/engine';
import { referenceBank } from '@ft/miners';
import { selectImages } from '@ft/datasets';
import { saveModel, type EmbeddingModel } from '@ft/models';
import {
  augmentedImages,
  collapseMonitor,
  tensorBoardWriter,
  train,
  type StepRecord,
  type TrainOptions,
} from '@ft/training';
import type { Output } from './console-output.ts';
import { createNetwork } from './create-network.ts';
import { evaluateModel, formatAccuracy, type ModelEvaluation } from './evaluate-model.ts';
import { embedFaces } from './face-model.ts';
import { createFeatureBank, type FeatureBank } from './feature-bank.ts';
import { hardestTriplets } from './hardest-triplets.ts';
import { learnRunMetric } from './learn-run-metric.ts';
import type { PreparedRun } from './prepare-run.ts';
import { pretrainRun } from './pretrain-run.ts';
import { openCheckpoint, openJsonLines, readJsonLines, type RunDirectory } from './run-directory.ts';
import { writeRunReport } from './run-report.ts';
import type { RunSummary } from './run-summary.ts';
import { embedFrom, frozenParameters, learningRateOf, optimizerOf } from './training-choices.ts';

export interface TrainRunOptions {
  readonly directory: RunDirectory;
  readonly engine: Engine;
  readonly resume: boolean;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Features of the frozen part of the network that other runs have computed already. */
  readonly bank?: FeatureBank;
}

/**
 * Trains, measures and reports a prepared run, in its folder.
 *
 * @returns the summary; undefined where the run was interrupted and can be resumed
 */
export async function trainRun(run: PreparedRun, options: TrainRunOptions): Promise<RunSummary | undefined> {
  const { config, data, miner, sampler, steps } = run;
  const { directory, engine, resume, output, signal } = options;
  if (!resume) await directory.writeJson('config.json', config);
  const model = await createNetwork(config.model, config.seed);
  const optimizer = optimizerOf(config);
  try {
    const bank = await prepareBank(model, run, options);
    let start = (await directory.readJson('start.json')) as ModelEvaluation | undefined;
    if (start === undefined) {
      start = await evaluateModel(model, data.evaluation, output, 'Measuring the network before training', {
        bank,
      });
      await directory.writeJson('start.json', start);
    }
    output.say(`Before training: accuracy ${formatAccuracy(start)}`);

    const inputs = bank?.inputs(data.train) ?? augmentedImages(data.train, config.augment);
    const embed = embedFrom(config.model.frozen);
    if (!(await pretrainRun(run, { ...options, model, inputs, embed }))) return undefined;

    output.say(
      `Training ${config.loss} loss with the ${miner.name} miner: ${config.epochs} epochs of ${sampler.batchesPerEpoch} ` +
        `batches, ${batchOf(config)}, on ${engine.name}`,
    );
    const progress = output.progress('Training');
    const snapshotEvery = Math.max(1, Math.floor(steps / SNAPSHOTS));
    const checkpoint = await openCheckpoint(directory.checkpoints, output);
    const before = ({ step }: { step: number }) => step <= (checkpoint?.step ?? 0);
    const metrics = await openJsonLines(directory.metrics, before);
    const triplets = await openJsonLines(directory.triplets, before);
    const alarms = await openJsonLines(directory.alarms, before);
    const collapse = collapseMonitor(config.loss === 'triplet' ? { collapsedLoss: config.margin! } : {});
    const board = tensorBoardWriter(directory.tensorBoard, { resumedAt: checkpoint?.step });
    const { memory, average, clipNorm } = config;
    const { embeddingSize } = model.architecture;
    const refresh = () =>
      run.globalMining?.refreshWhenDue(async (images) => {
        const some = selectImages(data.train, images);
        return (
          bank?.embed(model, some) ?? embedFaces(model, some, output, 'Looking for people who are alike')
        );
      });
    if (checkpoint === undefined) await refresh();
    const result = await train({
      model,
      inputs,
      embed,
      sampler,
      miner,
      objective: run.objective,
      optimizer,
      learningRate: learningRateOf(config, config.learningRate, steps),
      parameters: frozenParameters(model, config.model.frozen),
      steps,
      seed: config.seed,
      ...(memory === 0 ? {} : { memory: referenceBank({ capacity: memory, dimension: embeddingSize }) }),
      ...(average === null ? {} : { average: { decay: average } }),
      ...(clipNorm === null ? {} : { clipNorm }),
      ...validationOf(run, options, bank),
      checkpoint: { directory: directory.checkpoints, every: config.checkpointEvery },
      ...(checkpoint === undefined ? {} : { resume: checkpoint }),
      resumable: { collapse },
      signal,
      async onStep(record, detail) {
        metrics.append(record);
        board.scalars(record.step, curves(record));
        const alarm = collapse.observeStep(record);
        if (alarm !== undefined) {
          alarms.append(alarm);
          output.say(`Step ${alarm.step}: ${alarm.message}`);
          output.event('collapse', { ...alarm });
        }
        output.event('step', { ...record });
        if (record.step % snapshotEvery === 0) triplets.append(hardestTriplets(record.step, detail, data));
        const speed = (detail.images.length / record.time.step) * 1000;
        progress.update(
          record.step,
          steps,
          `loss ${record.loss.toFixed(3)}, ${record.mined} ${miner.output}, ${speed.toFixed(0)} images/s`,
        );
        await refresh();
      },
      onValidation({ step, score, improved }) {
        board.scalars(step, { 'validation/auc': score });
        output.event('validation', { step, score, improved });
        output.say(
          `Step ${step}: ${score.toFixed(4)} on the people kept back${improved ? ', the best so far' : ''}`,
        );
      },
    }).finally(() => {
      progress.end();
      for (const file of [metrics, triplets, alarms, board]) file.close();
    });
    if (result.reason === 'aborted') return undefined;

    const metadata = { run: directory.name, seed: String(config.seed), faces: data.faces };
    await saveModel(model, directory.model, metadata, { versions: config.versions });
    const trained = await evaluateModel(model, data.evaluation, output, 'Measuring the trained network', {
      bank,
    });
    const metric = await learnRunMetric(model, run, options, bank);
    const records = await readJsonLines<StepRecord>(directory.metrics);
    const trainSeconds = records.reduce((sum, { time }) => sum + time.step, 0) / 1000;
    const imagesSeen = result.steps * config.people * config.images;
    const summary: RunSummary = {
      task: 'verification',
      protocol: config.protocol,
      ...(config.fold === null ? {} : { fold: config.fold + 1 }),
      category: data.category,
      accuracy: trained.accuracy!,
      standardError: trained.standardError!,
      auc: trained.auc,
      eer: trained.eer.rate,
      start: { accuracy: start.accuracy!, auc: start.auc, eer: start.eer.rate },
      ...(result.best === undefined ? {} : { best: result.best }),
      ...(metric === undefined ? {} : { metric }),
      engine: `${engine.name} ${engine.version}`,
      steps: result.steps,
      imagesSeen,
      trainSeconds: round(trainSeconds, 1),
      imagesPerSecond: round(imagesSeen / trainSeconds, 1),
      seed: config.seed,
    };
    await directory.writeJson('evaluation.json', trained);
    await directory.writeJson('identities.json', data.trainIdentities);
    await writeRunReport({ directory, config, data, summary, start, trained, records });
    await directory.writeJson('summary.json', summary);
    output.say(`After training:  accuracy ${formatAccuracy(trained)}`);
    output.event('summary', { ...summary, run: directory.path });
    return summary;
  } finally {
    optimizer.dispose();
    model.dispose();
  }
}

function batchOf({ people, images, imagesPerEpoch }: PreparedRun['config']): string {
  return imagesPerEpoch === null
    ? `${people} people x ${images} images each`
    : `${people * images} images each, at most ${images} of a person`;
}

/** The curves of TensorBoard. */
function curves({ time, step: _step, epoch: _epoch, tensors: _tensors, ...values }: StepRecord) {
  return { ...values, 'time/step': time.step, 'time/data': time.data, 'time/mining': time.mining };
}

/** The features of everything that the run looks at, where part of the network is frozen. */
async function prepareBank(
  model: EmbeddingModel,
  { config, data }: PreparedRun,
  { bank: given, output }: TrainRunOptions,
): Promise<FeatureBank | undefined> {
  const { frozen } = config.model;
  if (frozen === null) return undefined;
  const bank = given ?? createFeatureBank(model, frozen);
  const { evaluation, validation } = data;
  for (const set of [{ images: data.train }, evaluation, evaluation.development, validation]) {
    if (set !== undefined) await bank.prepare(set.images, output);
  }
  return bank;
}

/** Judges by the people kept back, as the result is judged, and keeps the best weights. */
function validationOf(
  { config, data }: PreparedRun,
  { directory, output }: TrainRunOptions,
  bank: FeatureBank | undefined,
): Pick<TrainOptions, 'validation'> {
  if (config.validation === null) return {};
  const { every, patience } = config.validation;
  return {
    validation: {
      every,
      bestFile: directory.best,
      ...(patience === null ? {} : { patience }),
      async validate(model) {
        const { auc } = await evaluateModel(model, data.validation!, output, 'Validating', { bank });
        return { score: auc };
      },
    },
  };
}

const SNAPSHOTS = 8;

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
