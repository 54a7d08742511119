import type { DistanceMeasure, Mined } from '@ft/miner-api';
import type * as tf from '@tensorflow/tfjs-core';

/** The embeddings of a batch with their labels. */
export interface LabelledEmbeddings {
  /** [batch, dimension] */
  readonly embeddings: tf.Tensor2D;
  /** [batch] */
  readonly labels: Int32Array;
}

/** Minimises a loss of what a miner selects, on the distances that the miner saw. */
export interface TupleObjective<M extends Mined = Mined> {
  readonly measure: DistanceMeasure;
  /**
   * From distances [batch, candidates] and the mined tuples to one number.
   *
   * @param batch the embeddings that the distances were measured on, for terms that need them
   */
  loss(distances: tf.Tensor2D, mined: M, batch: LabelledEmbeddings): tf.Scalar;
  /** Variables of the loss itself, by name. They are trained and saved as `objective/NAME`. */
  readonly variables?: ReadonlyMap<string, tf.Variable>;
}

/** Minimises a loss of the labelled embeddings of a batch: nothing is mined. */
export interface EmbeddingObjective {
  readonly measure?: undefined;
  /** From embeddings [batch, dimension] and labels [batch] to one number. */
  loss(embeddings: tf.Tensor2D, labels: Int32Array): tf.Scalar;
  /** Variables of the loss itself, by name. They are trained and saved as `objective/NAME`. */
  readonly variables?: ReadonlyMap<string, tf.Variable>;
}

/** What a step minimises. */
export type Objective<M extends Mined = Mined> = TupleObjective<M> | EmbeddingObjective;

/** A loss that may have weights of its own, as the classification losses of `@ft/core-losses`. */
export interface LossWithWeights {
  loss(embeddings: tf.Tensor2D, labels: Int32Array): tf.Scalar;
  trainableVariables?(): tf.Variable[];
}

/** The objective of a loss on labelled embeddings; its weights, if any, are named `weights0`, `weights1`... */
export function embeddingObjective(loss: LossWithWeights): EmbeddingObjective {
  const variables = loss.trainableVariables?.() ?? [];
  return {
    loss: (embeddings, labels) => loss.loss(embeddings, labels),
    variables: new Map(variables.map((variable, i) => [`weights${i}`, variable])),
  };
}

/** Does the objective need a miner? */
export function minesTuples<M extends Mined>(objective: Objective<M>): objective is TupleObjective<M> {
  return objective.measure !== undefined;
}
