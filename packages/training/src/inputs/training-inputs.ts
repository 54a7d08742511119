import type { Random } from '@ft/random';
import type * as tf from '@tensorflow/tfjs-core';

/** What a network is trained on: items with labels, of which a batch becomes one tensor. */
export interface TrainingInputs {
  /** The label of every item, [count]. */
  readonly labels: Int32Array;
  /**
   * The input of a step. The caller disposes of it.
   *
   * @param indices which items, [batch], each in [0, count)
   * @param random decides every random choice; its state before the call determines the batch
   * @returns [batch, ...]
   */
  batch(indices: Int32Array, random: Random): tf.Tensor;
}
