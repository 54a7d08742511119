import type { Mining } from './step/mine-tuples.ts';

/** One step, as it is logged. Everything but `time` is the same whenever the same run is repeated. */
export interface StepRecord {
  /** Steps done, this one included. */
  readonly step: number;
  /** Passes over the identities begun before this step. */
  readonly epoch: number;
  readonly loss: number;
  readonly learningRate: number;
  /** Euclidean length of all gradients together, before they are clipped. */
  readonly gradientNorm: number;
  /** Tuples that were mined; 0 without a miner. */
  readonly mined: number;
  /** Share of the cases that the miner looked at which gave a tuple; NaN (null in JSON) without a miner. */
  readonly activeFraction: number;
  /** Mean distance of the mined positives and negatives, in the objective's measure; NaN (null in JSON) for none. */
  readonly positiveDistance: number;
  readonly negativeDistance: number;
  /**
   * Mean distance over all pairs of the batch, in the objective's measure; without a miner the cosine distance. Near
   * 0: the network has collapsed to one point.
   */
  readonly spread: number;
  /** How many directions the embeddings of the batch fill. Near 1: the network has collapsed to a line. */
  readonly effectiveRank: number;
  /** Tensors alive after the step. */
  readonly tensors: number;
  /** Milliseconds of this step: all of it, preparing the inputs, mining. */
  readonly time: { readonly step: number; readonly data: number; readonly mining: number };
}

/** The batch of a step and what the miner made of it, for reports. Image numbers are those of the inputs. */
export interface StepDetail {
  readonly images: Int32Array;
  /** Row-major [batch, dimension]. */
  readonly embeddings: Float32Array;
  /** The distances and the mined tuples; absent without a miner. */
  readonly mining?: Mining;
}
