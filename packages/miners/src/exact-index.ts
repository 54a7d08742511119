import type { DistanceMeasure } from '@ft/miner-api';
import { plainDotProducts, squaredNorms, type DotProducts, type Rows } from './distance-block.ts';
import { requireCount, rowsOf } from './index-arguments.ts';
import type { NeighborIndex } from './neighbor-index.ts';
import { rowBatches } from './row-batches.ts';

export interface ExactIndexOptions {
  /** Coordinates of an embedding, at least 1. */
  readonly dimension: number;
  /** Default `'euclidean'`. */
  readonly measure?: DistanceMeasure;
  /** Replaces the plain dot products; an engine's matrix product is many times faster. */
  readonly dotProducts?: DotProducts;
}

/** Items with their squared lengths. */
interface Block {
  readonly rows: Rows;
  readonly norms: Float64Array;
  readonly shortest: number;
  readonly longest: number;
}

/** Queries and items of a block: its matrix of distances takes 8 MiB. */
const BLOCK = { queries: 512, items: 4096 };

/**
 * A neighbour index that compares every query with every item, a block at a time. Of equal distances the
 * lowest item comes first.
 *
 * @throws InvalidArgumentError on a wrong option; `add` and `search` where the coordinates do not make whole
 *   rows, are not finite, or `k` is not an integer of at least 1
 */
export function exactIndex({
  dimension,
  measure = 'euclidean',
  dotProducts = plainDotProducts,
}: ExactIndexOptions): NeighborIndex {
  const where = 'exactIndex';
  requireCount(where, 'dimension', dimension);
  const blocks: Block[] = [];
  let size = 0;
  const clear = async () => {
    blocks.length = 0;
    size = 0;
  };
  return {
    dimension,
    measure,
    size: () => size,
    async add(embeddings) {
      const all = rowsOf(where, 'embeddings', embeddings, dimension);
      for (const view of rowBatches(all, BLOCK.items)) {
        const rows = { ...view, data: view.data.slice() };
        const norms = squaredNorms(rows);
        blocks.push({ rows, norms, shortest: extreme(norms, Math.min), longest: extreme(norms, Math.max) });
      }
      size += all.count;
    },
    async search(queries, k) {
      requireCount(where, 'k', k);
      const all = rowsOf(where, 'queries', queries, dimension);
      const items = new Int32Array(all.count * k).fill(-1);
      const distances = new Float32Array(all.count * k).fill(Infinity);
      for (const rows of rowBatches(all, BLOCK.queries)) {
        const norms = squaredNorms(rows);
        let firstItem = 0;
        for (const block of blocks) {
          const products = dotProducts(rows, block.rows);
          for (let i = 0; i < rows.count; i++) {
            const best = (rows.first + i) * k;
            keepNearest(
              products.subarray(i * block.rows.count, (i + 1) * block.rows.count),
              norms[i]!,
              block,
              measure,
              firstItem,
              items.subarray(best, best + k),
              distances.subarray(best, best + k),
            );
          }
          firstItem += block.rows.count;
        }
      }
      return { queries: all.count, k, items, distances };
    },
    clear,
    close: clear,
  };
}

/**
 * Merges the items of a block into the nearest found so far, which stay sorted. Nearly all items are passed by with
 * one comparison: only where an item may be nearer than the last one kept is its distance worked out.
 *
 * @param products of the query with each item
 * @param norm squared length of the query
 * @param norms squared lengths of the items
 */
function keepNearest(
  products: Float32Array,
  norm: number,
  { norms, shortest, longest }: Block,
  measure: DistanceMeasure,
  firstItem: number,
  items: Int32Array,
  distances: Float32Array,
): void {
  const last = items.length - 1;
  let worst = distances[last]!;
  let least = leastProduct(worst, norm, shortest, longest, measure);
  for (let j = 0; j < products.length; j++) {
    const product = products[j]!;
    if (product < least) continue;
    const distance = Math.fround(distanceFrom(product, norm, norms[j]!, measure));
    if (distance >= worst) continue;
    let at = last;
    while (at > 0 && distances[at - 1]! > distance) {
      distances[at] = distances[at - 1]!;
      items[at] = items[at - 1]!;
      at -= 1;
    }
    distances[at] = distance;
    items[at] = firstItem + j;
    worst = distances[last]!;
    least = leastProduct(worst, norm, shortest, longest, measure);
  }
}

/** An item of a squared length from `shortest` to `longest` whose product is below is farther than `worst`. */
function leastProduct(
  worst: number,
  norm: number,
  shortest: number,
  longest: number,
  measure: DistanceMeasure,
): number {
  // A rounding error farther.
  const far = (measure === 'euclidean' ? worst * worst : worst) * (1 + 1e-6) + 1e-12;
  if (measure !== 'cosine') return (norm + shortest - far) / 2;
  // Zero rows have the distance 1 - product, whatever their length.
  if (norm === 0 || shortest === 0) return -Infinity;
  const cosine = 1 - far;
  return cosine * Math.sqrt(norm * (cosine > 0 ? shortest : longest));
}

function extreme(values: Float64Array, better: (a: number, b: number) => number): number {
  return values.reduce((best, value) => better(best, value));
}

function distanceFrom(product: number, norm: number, itemNorm: number, measure: DistanceMeasure): number {
  if (measure === 'cosine') return Math.max(0, 1 - product / (Math.sqrt(norm * itemNorm) || 1));
  const squared = Math.max(0, norm + itemNorm - 2 * product);
  return measure === 'euclidean' ? Math.sqrt(squared) : squared;
}
