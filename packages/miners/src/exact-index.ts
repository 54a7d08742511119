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
  const blocks: { rows: Rows; norms: Float64Array }[] = [];
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
        blocks.push({ rows, norms: squaredNorms(rows) });
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
              block.norms,
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
  norms: Float64Array,
  measure: DistanceMeasure,
  firstItem: number,
  items: Int32Array,
  distances: Float32Array,
): void {
  const last = items.length - 1;
  let worst = distances[last]!;
  let limit = limitOf(worst, norm, measure);
  for (let j = 0; j < products.length; j++) {
    if (products[j]! < limit.scale * norms[j]! + limit.shift) continue;
    const distance = Math.fround(distanceFrom(products[j]!, norm, norms[j]!, measure));
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
    limit = limitOf(worst, norm, measure);
  }
}

/** An item whose product is below `scale` times its squared length plus `shift` is farther than `worst`. */
function limitOf(worst: number, norm: number, measure: DistanceMeasure): { scale: number; shift: number } {
  // A rounding error farther.
  const far = (measure === 'euclidean' ? worst * worst : worst) * (1 + 1e-6);
  if (measure !== 'cosine') return { scale: 0.5, shift: (norm - far) / 2 };
  // The lengths of items differ, so nothing is passed by where cosines are compared.
  return { scale: 0, shift: -Infinity };
}

function distanceFrom(product: number, norm: number, itemNorm: number, measure: DistanceMeasure): number {
  if (measure === 'cosine') return Math.max(0, 1 - product / (Math.sqrt(norm * itemNorm) || 1));
  const squared = Math.max(0, norm + itemNorm - 2 * product);
  return measure === 'euclidean' ? Math.sqrt(squared) : squared;
}
