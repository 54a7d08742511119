// The loop
export { train } from './train.ts';
export type { StepEmbedOptions, TrainingResult, TrainOptions } from './train-options.ts';
export type { StepDetail, StepRecord } from './step-record.ts';
export type { Mining } from './step/mine-tuples.ts';
export { DivergedError } from './step/diverged-error.ts';

// What it trains on, and what for
export { augmentedImages } from './inputs/augmented-images.ts';
export { cachedFeatures, type CachedFeatures } from './inputs/cached-features.ts';
export type { TrainingInputs } from './inputs/training-inputs.ts';
export {
  embeddingObjective,
  type EmbeddingObjective,
  type LabelledEmbeddings,
  type LossWithWeights,
  type Objective,
  type TupleObjective,
} from './objective.ts';

// How weights move
export { adamW, type AdamWOptions } from './optimizers/adam-w.ts';
export type { Optimizer, ParameterUpdate } from './optimizers/optimizer.ts';
export { discriminativeRates, type ParameterGroup } from './optimizers/parameter-groups.ts';
export { sgd, type SgdOptions } from './optimizers/sgd.ts';
export { averageWeights, type WeightAverage } from './weight-average.ts';

// Learning rates
export { constantRate } from './schedules/constant-rate.ts';
export { cosineDecay } from './schedules/cosine-decay.ts';
export type { LearningRate, WarmUp } from './schedules/learning-rate.ts';
export { linearDecay } from './schedules/linear-decay.ts';
export { plateauDecay, type PlateauDecayOptions } from './schedules/plateau-decay.ts';
export { polynomialDecay } from './schedules/polynomial-decay.ts';
export { stepDecay } from './schedules/step-decay.ts';

// Checkpoints and validation
export { CheckpointError, loadCheckpoint, saveCheckpoint, type Checkpoint } from './checkpoint/checkpoint.ts';
export {
  latestCheckpoint,
  type DamagedCheckpoint,
  type LatestCheckpoint,
} from './checkpoint/checkpoint-directory.ts';
export type { Resumable } from './checkpoint/resumable.ts';
export type { Best, ValidationOptions, ValidationRecord } from './validation/validation.ts';

// What is seen of it
export {
  collapseMonitor,
  type CollapseAlarm,
  type CollapseMonitor,
  type CollapseMonitorOptions,
} from './monitors/collapse-monitor.ts';
export {
  TensorBoardError,
  tensorBoardWriter,
  type TensorBoardWriter,
} from './tensorboard/tensor-board-writer.ts';
