import type { DistanceMeasure } from '@ft/miner-api';

/** The nearest items of every query, nearest first. */
export interface Neighbors {
  readonly queries: number;
  readonly k: number;
  /** Row-major [queries x k]: numbers of items, -1 where the index holds fewer than k. */
  readonly items: Int32Array;
  /** Row-major [queries x k], in the index's measure; Infinity beside -1. */
  readonly distances: Float32Array;
}

/**
 * Finds the nearest of many embeddings. Items are numbered 0, 1, ... in the order they were added. One call at a
 * time: await each before the next.
 */
export interface NeighborIndex {
  readonly dimension: number;
  readonly measure: DistanceMeasure;
  /** Items held. */
  size(): number;
  /** Adds items, row-major [items x dimension]. */
  add(embeddings: Float32Array): Promise<void>;
  /**
   * @param queries row-major [queries x dimension]
   * @param k how many neighbours of each query, at least 1
   */
  search(queries: Float32Array, k: number): Promise<Neighbors>;
  /** Lets go of all items; the next one is number 0 again. */
  clear(): Promise<void>;
  /** Lets go of what the index holds, outside of JavaScript too. It is not to be used after. */
  close(): Promise<void>;
}
