import { InvalidArgumentError } from '@ft/errors';
import type { DistanceMeasure } from '@ft/miner-api';
import { requireCount, rowsOf } from './index-arguments.ts';
import { IndexUnavailableError } from './index-errors.ts';
import type { NeighborIndex } from './neighbor-index.ts';

export interface UsearchIndexOptions {
  /** Coordinates of an embedding, at least 1. */
  readonly dimension: number;
  /** Default `'euclidean'`. */
  readonly measure?: DistanceMeasure;
  /** Neighbours of an item in the graph; more find more and take more memory. Default 16. */
  readonly connectivity?: number;
  /** How many candidates are weighed when an item is added. Default 128. */
  readonly expansionAdd?: number;
  /** How many candidates are weighed in a search; more find more and take longer. Default 64. */
  readonly expansionSearch?: number;
  /** Processor cores, 0 for all. With 1, the same items give the same graph again. Default 0. */
  readonly threads?: number;
}

/**
 * A neighbour index for up to millions of embeddings in one process: an approximate search in a navigable
 * graph, by the optional package `usearch`.
 *
 * @throws InvalidArgumentError on a wrong option; IndexUnavailableError where `usearch` is not installed or has
 *   no build for this platform; `add` and `search` throw as those of {@link exactIndex} do
 * @see Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using hierarchical
 *   navigable small world graphs" (2018)
 */
export async function usearchIndex({
  dimension,
  measure = 'euclidean',
  connectivity = 16,
  expansionAdd = 128,
  expansionSearch = 64,
  threads = 0,
}: UsearchIndexOptions): Promise<NeighborIndex> {
  const where = 'usearchIndex';
  for (const [name, got] of Object.entries({ dimension, connectivity, expansionAdd, expansionSearch })) {
    requireCount(where, name, got);
  }
  if (!Number.isInteger(threads) || threads < 0) {
    throw new InvalidArgumentError({
      where,
      argument: 'threads',
      expected: 'an integer of at least 0',
      got: threads,
    });
  }
  const { Index, MetricKind, ScalarKind } = await loadUsearch();
  const empty = () =>
    new Index({
      dimensions: dimension,
      metric: measure === 'cosine' ? MetricKind.Cos : MetricKind.L2sq,
      quantization: ScalarKind.F32,
      connectivity,
      expansion_add: expansionAdd,
      expansion_search: expansionSearch,
      multi: false,
    });
  let graph = empty();
  let size = 0;
  const clear = async () => {
    graph = empty();
    size = 0;
  };
  return {
    dimension,
    measure,
    size: () => size,
    async add(embeddings) {
      const { count } = rowsOf(where, 'embeddings', embeddings, dimension);
      if (count === 0) return;
      graph.add(
        BigUint64Array.from({ length: count }, (_, i) => BigInt(size + i)),
        embeddings,
        threads,
      );
      size += count;
    },
    async search(queries, k) {
      requireCount(where, 'k', k);
      const { count } = rowsOf(where, 'queries', queries, dimension);
      const items = new Int32Array(count * k).fill(-1);
      const distances = new Float32Array(count * k).fill(Infinity);
      if (count > 0 && size > 0) {
        const reach = Math.min(k, size);
        const found = graph.search(queries, reach, threads);
        // One query gives no counts; a graph search may end before it has found enough.
        const counts = 'counts' in found ? (found.counts as BigUint64Array) : undefined;
        for (let query = 0; query < count; query++) {
          const filled = counts === undefined ? found.keys.length : Number(counts[query]);
          for (let i = 0; i < Math.min(filled, reach); i++) {
            const distance = Math.max(0, found.distances[query * reach + i]!);
            items[query * k + i] = Number(found.keys[query * reach + i]);
            distances[query * k + i] = measure === 'euclidean' ? Math.sqrt(distance) : distance;
          }
        }
      }
      return { queries: count, k, items, distances };
    },
    clear,
    close: clear,
  };
}

async function loadUsearch(): Promise<typeof import('usearch')> {
  try {
    return await import('usearch');
  } catch (cause) {
    throw new IndexUnavailableError(
      'usearchIndex needs the package usearch, which could not be loaded. Install it, or use exactIndex.',
      { cause },
    );
  }
}
