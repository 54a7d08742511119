import { pairwiseDistances } from '@ft/core-losses';
import { augmentBatch, type AugmentOptions, type PackedImages, type BatchSampler } from '@ft/datasets';
import { FtError } from '@ft/errors';
import type { DistanceMeasure, Mined, Miner, MinerBatch } from '@ft/miner-api';
import { describeMined, runMiner } from '@ft/miners';
import { exportWeights, importWeights, type EmbeddingModel, type StoredTensor } from '@ft/models';
import { createRandom } from '@ft/random';
import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer } from './adam-w.ts';
import { saveCheckpoint, type Checkpoint } from './checkpoint.ts';
import type { LearningRate } from './learning-rate.ts';

/** What a step minimises, and the distances that the miner and the loss share. */
export interface Objective<M extends Mined = Mined> {
  readonly measure: DistanceMeasure;
  /** From the distances [batch, batch] and the mined tuples to one number. */
  loss(distances: tf.Tensor2D, mined: M): tf.Scalar;
}

/** One step, as it is logged. Everything but `time` is the same whenever the same run is repeated. */
export interface StepRecord {
  /** Steps done, this one included. */
  readonly step: number;
  /** Passes over the identities begun before this step. */
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Tuples that were mined. */
  readonly mined: number;
  /** Share of the cases that the miner looked at which gave a tuple. */
  readonly activeFraction: number;
  /** Mean distance of the mined positives and negatives, in the objective's measure; NaN (null in JSON) for none. */
  readonly positiveDistance: number;
  readonly negativeDistance: number;
  /** Mean distance over all pairs of the batch. Near 0: the network has collapsed to one point. */
  readonly spread: number;
  /** Tensors alive after the step. */
  readonly tensors: number;
  /** Milliseconds of this step: all of it, preparing images, mining. */
  readonly time: { readonly step: number; readonly data: number; readonly mining: number };
}

/** The batch of a step and what the miner made of it, for reports. Image numbers are those of `images`. */
export interface StepDetail {
  readonly images: Int32Array;
  readonly batch: MinerBatch;
  readonly mined: Mined;
}

export interface TrainOptions<M extends Mined = Mined> {
  readonly model: EmbeddingModel;
  readonly images: PackedImages;
  readonly sampler: BatchSampler;
  readonly miner: Miner<M>;
  readonly objective: Objective<M>;
  readonly optimizer: Optimizer;
  readonly learningRate: LearningRate;
  /** Steps in all, those of a resumed checkpoint included. */
  readonly steps: number;
  readonly augment: Omit<AugmentOptions, 'random'>;
  /** Seeds the miner's and the augmentation's random streams. */
  readonly seed: number;
  readonly checkpoint?: {
    readonly file: string;
    /** Steps between two checkpoints. One is also written at the end and on an abort. */
    readonly every: number;
  };
  /** Go on from here. It must come from a run with the same options. */
  readonly resume?: Checkpoint;
  /** Finish the step, write the checkpoint, and return. */
  readonly signal?: AbortSignal;
  readonly onStep?: (record: StepRecord, detail: StepDetail) => void | Promise<void>;
}

/** A step gave NaN or infinity. The weights of the last checkpoint are the last good ones. */
export class DivergedError extends FtError {
  static override readonly code: string = 'FT_DIVERGED';
}

/**
 * Trains an embedding network: sample, augment, embed, measure all distances once, mine on them, and minimise the
 * loss of what was mined. A step in which nothing is mined changes no weight.
 *
 * Each step is a function of the checkpoint before it: a run that was killed and resumed ends like one that was not.
 *
 * @returns steps done, fewer than asked for where the signal was aborted
 * @throws DivergedError where a loss or distance is not finite, with the number of the step
 * @throws CheckpointError where a checkpoint cannot be written
 */
export async function train<M extends Mined>(options: TrainOptions<M>): Promise<number> {
  const {
    model,
    images,
    sampler,
    miner,
    objective,
    optimizer,
    learningRate,
    steps,
    augment,
    checkpoint,
    resume,
    signal,
  } = options;
  const augmentRandom = createRandom(options.seed, 'augment');
  const minerRandom = createRandom(options.seed, 'miner');
  const trainable = [...model.weights].filter(([, weight]) => weight.trainable);
  const neverAborted = new AbortController().signal;
  let step = 0;

  if (resume !== undefined) {
    importWeights(model, section(resume.tensors, 'model/'), 'checkpoint');
    optimizer.importState(section(resume.tensors, 'optimizer/'));
    sampler.restore(resume.state['sampler'] as ReturnType<BatchSampler['state']>);
    augmentRandom.restore(resume.state['augment'] as number[]);
    minerRandom.restore(resume.state['miner'] as number[]);
    step = resume.step;
  }
  const save = async () => {
    if (checkpoint === undefined) return;
    const tensors = new Map<string, StoredTensor>();
    for (const [name, tensor] of exportWeights(model)) tensors.set(`model/${name}`, tensor);
    for (const [name, tensor] of optimizer.exportState()) tensors.set(`optimizer/${name}`, tensor);
    const state = { sampler: sampler.state(), augment: augmentRandom.state(), miner: minerRandom.state() };
    await saveCheckpoint(checkpoint.file, { step, tensors, state });
  };

  let saved = step;
  const aborted = () => signal?.aborted === true;
  while (step < steps && !aborted()) {
    const started = performance.now();
    const indices = sampler.next();
    const labels = Int32Array.from(indices, (index) => images.labels[index]!);
    const pixels = augmentBatch(images, indices, { ...augment, random: augmentRandom });
    const prepared = performance.now();
    const epoch = Math.floor(step / sampler.batchesPerEpoch);
    const rate = learningRate(step);
    let detail: StepDetail | undefined;
    let miningTime = 0;

    const { value, grads } = tf.variableGrads(
      () => {
        const x = tf.tensor4d(pixels, [indices.length, images.height, images.width, images.channels]);
        const embeddings = model.embed(x, { training: true });
        const distances = pairwiseDistances(embeddings, undefined, {
          measure: objective.measure,
          checkFinite: false,
        });
        const batch = batchOf(
          embeddings,
          distances,
          labels,
          objective.measure,
          model.architecture.normalize,
          step + 1,
        );
        const miningStarted = performance.now();
        const context = { random: minerRandom, step, epoch, signal: signal ?? neverAborted };
        const mined = runMiner(miner, batch, context);
        miningTime = performance.now() - miningStarted;
        detail = { images: indices, batch, mined };
        return objective.loss(distances, mined);
      },
      trainable.map(([, weight]) => weight),
    );
    const loss = value.dataSync()[0]!;
    const statistics = describeMined(detail!.batch, detail!.mined);
    if (!Number.isFinite(loss)) throw diverged(step + 1, `the loss is ${loss}`);
    if (statistics.selected > 0) {
      optimizer.apply(new Map(trainable.map(([name, weight]) => [name, grads[weight.name]!])), rate);
    }
    tf.dispose([value, grads]);

    const record: StepRecord = {
      step: step + 1,
      epoch,
      loss,
      learningRate: rate,
      mined: statistics.selected,
      activeFraction: statistics.activeFraction,
      positiveDistance: statistics.meanPositiveDistance,
      negativeDistance: statistics.meanNegativeDistance,
      spread: meanOffDiagonal(detail!.batch),
      tensors: tf.memory().numTensors,
      time: { step: performance.now() - started, data: prepared - started, mining: miningTime },
    };
    step += 1;
    await options.onStep?.(record, detail!);
    if (checkpoint !== undefined && step % checkpoint.every === 0) {
      await save();
      saved = step;
    }
    // Lets signals and other work in between steps.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (saved !== step) await save();
  return step;
}

function batchOf(
  embeddings: tf.Tensor2D,
  distances: tf.Tensor2D,
  labels: Int32Array,
  measure: DistanceMeasure,
  normalized: boolean,
  step: number,
): MinerBatch {
  const data = distances.dataSync<'float32'>();
  const coordinates = embeddings.dataSync<'float32'>();
  const size = labels.length;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      throw diverged(
        step,
        `the distance of images ${Math.floor(i / size)} and ${i % size} of the batch is ${data[i]}`,
      );
    }
  }
  return {
    distances: { data, anchors: size, candidates: size, measure, normalized },
    anchorLabels: labels,
    candidateLabels: labels,
    selfIndex: Int32Array.from(labels.keys()),
    embeddings: { anchors: coordinates, candidates: coordinates, dimension: embeddings.shape[1] },
  };
}

function diverged(step: number, what: string): DivergedError {
  return new DivergedError(
    `Step ${step}: ${what}. The last checkpoint holds the last good weights. Lower the learning rate or the margin and train again.`,
  );
}

function meanOffDiagonal({ distances }: MinerBatch): number {
  let sum = 0;
  for (const distance of distances.data) sum += distance;
  return sum / (distances.anchors * (distances.candidates - 1));
}

function section(tensors: ReadonlyMap<string, StoredTensor>, prefix: string): Map<string, StoredTensor> {
  const found = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), tensor);
  }
  return found;
}
