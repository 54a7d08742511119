/**
 * What a miner is.
 *
 * A miner looks at one batch of labelled embeddings, given as a matrix of distances, and says which triplets
 * (anchor, positive, negative) or which pairs the loss shall see. It is a pure function on typed arrays: it
 * keeps nothing between calls, changes nothing it is given, draws randomness from `context.random` only, and
 * knows nothing of TensorFlow. The host computes the distances once for the miner and the loss, calls `mine`,
 * checks every index that comes back, and names the miner where one is wrong.
 */

/** The version of this contract. A host refuses a miner of another version. */
export const MINER_API_VERSION = 1;

/** How the numbers of a distance matrix were made. Every measure grows with dissimilarity. */
export type DistanceMeasure = 'euclidean' | 'squared-euclidean' | 'cosine';

/** Distances of every anchor to every candidate; smaller is nearer. */
export interface DistanceMatrix {
  /** Row-major [anchors x candidates], finite, >= 0. Read only. */
  readonly data: Float32Array;
  readonly anchors: number;
  readonly candidates: number;
  /** `'cosine'` is 1 - cos, in [0, 2]. */
  readonly measure: DistanceMeasure;
  /** Were the embeddings L2-normalised before the distances were taken? */
  readonly normalized: boolean;
}

/** Coordinates of the embeddings, for miners that need more than distances. */
export interface EmbeddingView {
  /** Row-major [anchors x dimension]. Read only. */
  readonly anchors: Float32Array;
  /** Row-major [candidates x dimension]; the same array as `anchors` where the batch is its own reference. */
  readonly candidates: Float32Array;
  readonly dimension: number;
}

/** The values of a {@link PairRelation}. */
export const Relation = { none: 0, positive: 1, negative: 2 } as const;

/** Who is a positive or a negative of whom: row-major [anchors x candidates] of {@link Relation} values. */
export type PairRelation = Uint8Array;

/** One batch, as a miner sees it. */
export interface MinerBatch {
  readonly distances: DistanceMatrix;
  /** Identity of every anchor, [anchors]. */
  readonly anchorLabels: Int32Array;
  /** Identity of every candidate, [candidates]. */
  readonly candidateLabels: Int32Array;
  /** The candidate that is the anchor itself, or -1 where there is none, [anchors]. Never mined as its own positive. */
  readonly selfIndex: Int32Array;
  readonly embeddings?: EmbeddingView;
  /** Overrides the labels where given (multi-label data, groups, known duplicates). */
  readonly relation?: PairRelation;
}

/** A seeded source of random numbers. `createRandom` of @ft/random makes one; any other of this shape will do. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  int(bound: number): number;
}

/** What a miner is told beside the batch. */
export interface MinerContext {
  readonly random: Random;
  /** Training steps done before this one. */
  readonly step: number;
  /** Epochs done before this one. */
  readonly epoch: number;
  /** Aborted when the run stops; a long-running miner looks at it. */
  readonly signal: AbortSignal;
}

/** What a miner tells about its own work. The host adds what it can measure from the result. */
export interface MiningStatistics {
  /** How many cases the rule looked at: matching (anchor, positive) pairs, anchors, or pairs, as the miner's documentation says. */
  readonly considered: number;
  /** How many of those gave nothing, by reason, e.g. `{ 'no negative in the band': 12 }`. */
  readonly skipped: Readonly<Record<string, number>>;
}

/** Triplets as three columns of equal length: anchors are rows of the matrix, the others are columns. */
export interface MinedTriplets {
  readonly kind: 'triplets';
  readonly anchors: Int32Array;
  readonly positives: Int32Array;
  readonly negatives: Int32Array;
  readonly statistics: MiningStatistics;
}

/** Pairs as columns of equal length; `same[i]` is 1 where pair i is of one identity and 0 where not. */
export interface MinedPairs {
  readonly kind: 'pairs';
  readonly anchors: Int32Array;
  readonly candidates: Int32Array;
  readonly same: Uint8Array;
  readonly statistics: MiningStatistics;
}

export type Mined = MinedTriplets | MinedPairs;

/** A mining strategy with its options fixed. Made by a factory through {@link defineMiner}. */
export interface Miner<M extends Mined = Mined> {
  /** Lower-case words joined by hyphens, e.g. `semi-hard`. */
  readonly name: string;
  readonly apiVersion: number;
  readonly output: M['kind'];
  /** The options in force, defaults included, as plain JSON: printed in the run's summary. */
  readonly options: Readonly<Record<string, unknown>>;
  mine(batch: MinerBatch, context: MinerContext): M;
}
