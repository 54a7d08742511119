import type { StoredTensor } from '@ft/models';
import type * as tf from '@tensorflow/tfjs-core';

/** How one weight is to be moved in a step. */
export interface ParameterUpdate {
  /** The state that belongs to the weight is kept under this name. */
  readonly name: string;
  readonly value: tf.Variable;
  /** Of the shape of `value`. */
  readonly gradient: tf.Tensor;
  readonly learningRate: number;
  /** In place of the optimizer's own. Vectors (biases, batch norm) never decay. */
  readonly weightDecay?: number;
}

/**
 * Moves weights along their gradients. Its state belongs to weights by name and begins with a weight's first step, so
 * weights can be frozen and released while training.
 */
export interface Optimizer {
  /** Moves the weights one step; others stay as they are. */
  apply(updates: readonly ParameterUpdate[]): void;
  exportState(): Promise<Map<string, StoredTensor>>;
  /** Puts a state that `exportState` gave in the place of the present one. */
  importState(state: ReadonlyMap<string, StoredTensor>): void;
  dispose(): void;
}

/** The weight decay of an update: none for vectors, which are biases and the scales and offsets of norms. */
export function decayOf({ value, weightDecay }: ParameterUpdate, usual: number): number {
  return value.rank > 1 ? (weightDecay ?? usual) : 0;
}
