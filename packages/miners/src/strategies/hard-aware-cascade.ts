import { z } from 'zod';
import { definePairStrategy } from '../define-strategy.ts';
import { measure, type Measured, type PairLimits } from '../option-fields.ts';

export interface HardAwareCascadeOptions extends PairLimits, Measured {
  /** The share of the pairs kept, above 0 and at most 1. Default 0.5. */
  readonly fraction?: number;
}

const share = 'a number above 0 and at most 1';

/**
 * The hardest share of all pairs of the batch: the ⌈fraction · P⌉ farthest positives and the ⌈fraction · N⌉
 * nearest negatives, over the batch and not for each anchor.
 *
 * Of equal distances at the edge the pairs with the lowest anchor, then candidate. `statistics.considered`
 * counts the ordered pairs.
 *
 * @throws InvalidArgumentError on a wrong option
 * @see Yuan et al., "Hard-aware deeply cascaded embedding" (2017)
 */
export const hardAwareCascade = definePairStrategy<HardAwareCascadeOptions>()({
  name: 'hard-aware-cascade',
  fields: { fraction: z.number(share).gt(0, share).max(1, share).default(0.5), measure },
  rule({ fraction }, { batch, forEachAnchor, addAll, tally }) {
    const counts = { positives: 0, negatives: 0 };
    forEachAnchor(({ positives, negatives }) => {
      counts.positives += positives.length;
      counts.negatives += negatives.length;
    });
    const near = smallest(Math.ceil(fraction * counts.negatives), false, (use) =>
      forEachAnchor(({ distances, negatives }) => use(distances, negatives)),
    );
    const far = smallest(Math.ceil(fraction * counts.positives), true, (use) =>
      forEachAnchor(({ distances, positives }) => use(distances, positives)),
    );
    const kept = new Int32Array(batch.distances.candidates);
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      const farCount = far(distances, positives, kept);
      addAll(anchor, 1, kept, farCount);
      const nearCount = near(distances, negatives, kept);
      addAll(anchor, 0, kept, nearCount);
      tally.consider(positives.length + negatives.length);
      tally.skip('easier than the share kept', positives.length + negatives.length - nearCount - farCount);
    });
  },
});

/**
 * Finds the k smallest of a stream of distances, or the k largest, without holding it: by two counting passes
 * over the halves of their bits, which order as the distances do. A rounding error below zero counts as zero.
 *
 * @param stream hands every row of distances with the candidates that count, in the same order each time
 * @returns puts those of a row's candidates that are among the k in `kept` and tells how many; to be called for
 *   the rows in order, once; first come, first served among equals
 */
function smallest(
  k: number,
  largest: boolean,
  stream: (use: (distances: Float32Array, candidates: Int32Array) => void) => void,
): (distances: Float32Array, candidates: Int32Array, kept: Int32Array) => number {
  const positive = 0x7fffffff;
  const keyOf = (bits: number) => {
    const order = bits > positive ? 0 : bits;
    return largest ? positive - order : order;
  };
  const high = new Uint32Array(32_768);
  stream((distances, candidates) => {
    const keys = keysOf(distances);
    for (let i = 0; i < candidates.length; i++) high[keyOf(keys[candidates[i]!]!) >>> 16]! += 1;
  });
  const [top, before] = bucketOf(high, k);
  const low = new Uint32Array(65_536);
  stream((distances, candidates) => {
    const keys = keysOf(distances);
    for (let i = 0; i < candidates.length; i++) {
      const key = keyOf(keys[candidates[i]!]!);
      if (key >>> 16 === top) low[key & 0xffff]! += 1;
    }
  });
  const [bottom, beforeInTop] = bucketOf(low, k - before);
  const threshold = top * 65_536 + bottom;
  let ties = k - before - beforeInTop;
  return (distances, candidates, kept) => {
    const keys = keysOf(distances);
    let count = 0;
    for (let i = 0; i < candidates.length; i++) {
      const key = keyOf(keys[candidates[i]!]!);
      if (key > threshold || (key === threshold && ties-- <= 0)) continue;
      kept[count++] = candidates[i]!;
    }
    return count;
  };
}

/** The bits of a row of distances as integers. */
function keysOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}

/** The bucket that holds the k-th item, and how many items lie before it. */
function bucketOf(counts: Uint32Array, k: number): [bucket: number, before: number] {
  let before = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    if (before + counts[bucket]! >= k) return [bucket, before];
    before += counts[bucket]!;
  }
  return [counts.length, before];
}
