import type { BatchSampler } from '@ft/datasets';
import type { Mined, Miner } from '@ft/miner-api';
import type { ReferenceBank } from '@ft/miners';
import type { EmbeddingModel } from '@ft/models';
import type * as tf from '@tensorflow/tfjs-core';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import type { Resumable } from './checkpoint/resumable.ts';
import type { TrainingInputs } from './inputs/training-inputs.ts';
import type { Objective } from './objective.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import type { ParameterGroup } from './optimizers/parameter-groups.ts';
import type { LearningRate } from './schedules/learning-rate.ts';
import type { StepDetail, StepRecord } from './step-record.ts';
import type { Best, ValidationOptions, ValidationRecord } from './validation/validation.ts';

/** How a batch is embedded in a step. */
export interface StepEmbedOptions {
  readonly training: true;
  /** Says which layers stay as they are; absent where none does. */
  readonly frozen?: (layer: string) => boolean;
}

export interface TrainOptions<M extends Mined = Mined> {
  readonly model: EmbeddingModel;
  readonly inputs: TrainingInputs;
  readonly sampler: BatchSampler;
  readonly objective: Objective<M>;
  /** Selects the tuples of an objective on distances; other objectives have none. */
  readonly miner?: Miner<M>;
  /** Past embeddings to mine from, beside the batch. They take no gradient. */
  readonly memory?: ReferenceBank;
  /** Turns a batch of the inputs into embeddings. Default: `model.embed` on all of them. */
  readonly embed?: (model: EmbeddingModel, inputs: tf.Tensor, options: StepEmbedOptions) => tf.Tensor2D;
  readonly optimizer: Optimizer;
  readonly learningRate: LearningRate;
  /** Which weights are trained how; the first group that names a weight decides. Default: all of them alike. */
  readonly parameters?: readonly ParameterGroup[];
  /** Shortens the gradients of a step, all by one factor, where together they are longer than this, above 0. */
  readonly clipNorm?: number;
  /**
   * Images of a batch that go through the network at a time, at least 1, so that a large batch needs the memory of a
   * small one (gradient caching). It costs a second forward pass, and batch norm sees chunks. Default: all at once.
   */
  readonly chunk?: number;
  /** Averages the weights over the steps; what is validated and kept is the average. */
  readonly average?: { readonly decay: number };
  readonly validation?: ValidationOptions;
  /** Steps in all, those of a resumed checkpoint included. */
  readonly steps: number;
  /** Seeds the miner's and the inputs' random streams. */
  readonly seed: number;
  readonly checkpoint?: {
    /** Made where it is missing. */
    readonly directory: string;
    /** Steps between two checkpoints. One is also written at the end and on an abort. */
    readonly every: number;
    /** How many of the last checkpoints stay. Default 2. */
    readonly keep?: number;
  };
  /** Go on from here. It must come from a run with the same options. */
  readonly resume?: Checkpoint;
  /** More state to save and restore, by name: that of a miner's schedule, for instance. */
  readonly resumable?: Readonly<Record<string, Resumable>>;
  /** Finish the step, write the checkpoint, and return. */
  readonly signal?: AbortSignal;
  readonly onStep?: (record: StepRecord, detail: StepDetail) => void | Promise<void>;
  readonly onValidation?: (record: ValidationRecord) => void | Promise<void>;
}

/** How a run ended. */
export interface TrainingResult {
  /** Steps done. */
  readonly steps: number;
  /** `aborted`: by the signal. `converged`: the validation had not improved for as long as its patience. */
  readonly reason: 'finished' | 'aborted' | 'converged';
  /** The validation whose weights the model holds now; absent without validation or where the run was aborted. */
  readonly best?: Best;
}
