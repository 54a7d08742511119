import { InvalidArgumentError } from '@ft/errors';
import { checkLabels } from '../embeddings/check-labels.ts';
import { distanceRows } from '../embeddings/distance-rows.ts';
import { embeddingTable, type EmbeddingSet } from '../embeddings/embedding-table.ts';

/** Queries and what they are looked up in. */
export interface RetrievalInput extends EmbeddingSet {
  /** Class of each query, [count]. */
  readonly labels: Int32Array;
  /** Looked up in; without them, each query is looked up among all the others. */
  readonly references?: { readonly embeddings: Float32Array; readonly labels: Int32Array };
  /** Lengths for {@link RetrievalResult.recall}; 1, 5 and 10 by default. */
  readonly recallAt?: readonly number[];
}

/** Means over all queries that have a reference of their class, in [0, 1]. Plain JSON. */
export interface RetrievalResult {
  /** Queries counted. */
  readonly queries: number;
  /** Queries left out, their class being absent from the references. */
  readonly lone: number;
  /** Share of queries whose nearest reference is of their class. */
  readonly precisionAt1: number;
  /** Share of a query's R references of its class among its R nearest. */
  readonly rPrecision: number;
  /** Mean average precision over the R nearest (Musgrave et al., 2020). */
  readonly mapAtR: number;
  /** Mean average precision over the whole ranking. */
  readonly map: number;
  /** Mean reciprocal rank of the first reference of the query's class. */
  readonly mrr: number;
  /** Share of queries with a reference of their class among the k nearest. */
  readonly recall: readonly { readonly k: number; readonly share: number }[];
}

/** Distances held at a time. */
const distancesAtOnce = 2 ** 21;

/**
 * Evaluates retrieval: does each query find the references of its class first?
 *
 * References of another class at the same distance are ranked first, so that a network which maps everything
 * to one point gets no credit. Nothing of the size queries x references is held.
 *
 * @param input queries, their classes, and the references
 * @throws InvalidArgumentError where shapes differ, a number is not finite, or no query has a reference of its class
 * @see Musgrave, Belongie and Lim, "A metric learning reality check", ECCV 2020
 */
export function evaluateRetrieval(input: RetrievalInput): RetrievalResult {
  const where = 'evaluateRetrieval';
  const { labels, references, recallAt = [1, 5, 10] } = input;
  const queries = embeddingTable(where, input);
  checkLabels(where, 'labels', labels, queries.count);
  const table =
    references === undefined ? queries : embeddingTable(`${where}, references`, { ...input, ...references });
  const referenceLabels = references?.labels ?? labels;
  checkLabels(where, 'references.labels', referenceLabels, table.count);
  const wrong = recallAt.find((k) => !Number.isInteger(k) || k < 1);
  if (wrong !== undefined) {
    throw new InvalidArgumentError({ where, argument: 'recallAt', expected: 'integers from 1', got: wrong });
  }

  const sums = { precisionAt1: 0, rPrecision: 0, mapAtR: 0, map: 0, mrr: 0 };
  const recalled = recallAt.map(() => 0);
  let counted = 0;
  const block = Math.max(2, Math.floor(distancesAtOnce / Math.max(1, table.count)));
  const out = new Float64Array(Math.min(block, queries.count) * table.count);
  for (let from = 0; from < queries.count; from += block) {
    const to = Math.min(queries.count, from + block);
    distanceRows(queries, from, to, table, 0, out);
    for (let query = from; query < to; query++) {
      const row = out.subarray((query - from) * table.count, (query - from + 1) * table.count);
      const self = references === undefined ? query : -1;
      const ranks = ranksOfClass(row, referenceLabels, labels[query]!, self);
      const size = ranks.length;
      if (size === 0) continue;
      counted++;
      const within = ranks.filter((rank) => rank <= size);
      const precisions = ranks.map((rank, i) => (i + 1) / rank);
      if (ranks[0] === 1) sums.precisionAt1++;
      sums.rPrecision += within.length / size;
      sums.mapAtR += total(precisions.slice(0, within.length)) / size;
      sums.map += total(precisions) / size;
      sums.mrr += 1 / ranks[0]!;
      for (const [i, k] of recallAt.entries()) if (ranks[0]! <= k) recalled[i]!++;
    }
  }
  if (counted === 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'labels',
      expected: 'such that some query has a reference of its class',
      got: labels,
    });
  }
  return {
    queries: counted,
    lone: queries.count - counted,
    precisionAt1: sums.precisionAt1 / counted,
    rPrecision: sums.rPrecision / counted,
    mapAtR: sums.mapAtR / counted,
    map: sums.map / counted,
    mrr: sums.mrr / counted,
    recall: recallAt.map((k, i) => ({ k, share: recalled[i]! / counted })),
  };
}

/** Ranks from 1, ascending, of the references of a class, without sorting the others. */
function ranksOfClass(distances: Float64Array, labels: Int32Array, label: number, self: number): number[] {
  const own: number[] = [];
  for (let i = 0; i < distances.length; i++) {
    if (labels[i] === label && i !== self) own.push(distances[i]!);
  }
  if (own.length === 0) return own;
  const ascending = Float64Array.from(own).sort();
  const farthest = ascending.at(-1)!;
  // How many of other classes are as near as the i-th, and not as near as the one before it.
  const ahead = new Int32Array(ascending.length);
  for (let i = 0; i < distances.length; i++) {
    const distance = distances[i]!;
    if (distance > farthest || labels[i] === label) continue;
    let low = 0;
    let high = ascending.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ascending[middle]! < distance) low = middle + 1;
      else high = middle;
    }
    ahead[low]!++;
  }
  let others = 0;
  return Array.from(ahead, (count, i) => (others += count) + i + 1);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
