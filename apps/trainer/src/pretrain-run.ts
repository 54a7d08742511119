import { join } from 'node:path';
import { createArcFaceLoss, createCosFaceLoss, createSoftmaxLoss } from '@ft/core-losses';
import { pkSampler } from '@ft/datasets';
import type { EmbeddingModel } from '@ft/models';
import { createRandom } from '@ft/random';
import {
  embeddingObjective,
  latestCheckpoint,
  train,
  type EmbeddingObjective,
  type TrainingInputs,
  type TrainOptions,
} from '@ft/training';
import * as tf from '@tensorflow/tfjs-core';
import type { RunConfig } from './config.ts';
import type { PreparedRun } from './prepare-run.ts';
import { openCheckpoint, openJsonLines } from './run-directory.ts';
import type { TrainRunOptions } from './train-run.ts';
import { frozenParameters, learningRateOf, optimizerOf } from './training-choices.ts';

interface Pretraining extends TrainRunOptions {
  readonly model: EmbeddingModel;
  readonly inputs: TrainingInputs;
  readonly embed: NonNullable<TrainOptions['embed']>;
}

/**
 * Classifies the people of the training set, where the run wants that first.
 *
 * @returns false where it was interrupted
 */
export async function pretrainRun(
  { config, data, sampler }: PreparedRun,
  { directory, output, signal, model, inputs, embed }: Pretraining,
): Promise<boolean> {
  const { pretrain } = config;
  // A run that has begun to train on distances is past this.
  if (pretrain === null || (await latestCheckpoint(directory.checkpoints)).checkpoint !== undefined)
    return true;
  const steps = pretrain.epochs * sampler.batchesPerEpoch;
  const checkpoints = join(directory.path, 'pretrain');
  const resume = await openCheckpoint(checkpoints, output);
  const before = ({ step }: { step: number }) => step <= (resume?.step ?? 0);
  const metrics = await openJsonLines(join(directory.path, 'pretrain.jsonl'), before);
  const objective = classification(
    pretrain,
    data.train.identities.length,
    model.architecture.embeddingSize,
    config.seed,
  );
  const optimizer = optimizerOf(config);
  output.say(
    `Classifying ${new Set(data.train.labels).size} people first, with ${pretrain.loss}: ${pretrain.epochs} epochs of ` +
      `${sampler.batchesPerEpoch} batches`,
  );
  const progress = output.progress('Classifying');
  try {
    const { reason } = await train({
      model,
      inputs,
      embed,
      sampler: pkSampler({
        labels: data.train.labels,
        people: config.people,
        imagesPerPerson: config.images,
        random: createRandom(config.seed, 'pretrain'),
      }),
      objective,
      optimizer,
      learningRate: learningRateOf(config, pretrain.learningRate, steps),
      parameters: frozenParameters(model, config.model.frozen),
      steps,
      seed: config.seed,
      ...(config.clipNorm === null ? {} : { clipNorm: config.clipNorm }),
      checkpoint: { directory: checkpoints, every: config.checkpointEvery },
      ...(resume === undefined ? {} : { resume }),
      signal,
      onStep(record) {
        metrics.append(record);
        output.event('pretrain', { ...record });
        progress.update(record.step, steps, `loss ${record.loss.toFixed(3)}`);
      },
    });
    return reason !== 'aborted';
  } finally {
    progress.end();
    metrics.close();
    optimizer.dispose();
    tf.dispose([...objective.variables!.values()]);
  }
}

function classification(
  { loss, margin, scale }: NonNullable<RunConfig['pretrain']>,
  classes: number,
  dimension: number,
  seed: number,
): EmbeddingObjective {
  switch (loss) {
    case 'softmax':
      return embeddingObjective(createSoftmaxLoss({ classes, dimension, seed }));
    case 'cosface':
      return embeddingObjective(createCosFaceLoss({ classes, dimension, seed, margin, scale }));
    case 'arcface':
      return embeddingObjective(createArcFaceLoss({ classes, dimension, seed, margin, scale }));
  }
}
