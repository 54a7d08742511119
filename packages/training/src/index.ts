export { adamW, type AdamWOptions, type Optimizer } from './adam-w.ts';
export { CheckpointError, loadCheckpoint, saveCheckpoint, type Checkpoint } from './checkpoint.ts';
export { linearDecay, type LearningRate } from './learning-rate.ts';
export {
  DivergedError,
  train,
  type Objective,
  type StepDetail,
  type StepRecord,
  type TrainOptions,
} from './train.ts';
