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
  rule({ fraction }, { forEachAnchor, add, tally }) {
    const counts = { positives: 0, negatives: 0 };
    forEachAnchor(({ positives, negatives }) => {
      counts.positives += positives.length;
      counts.negatives += negatives.length;
    });
    // Keys grow with ease: near positives and far negatives are easy.
    const easeOf = { positives: (d: number) => -d, negatives: (d: number) => d };
    const [positive, negative] = (['positives', 'negatives'] as const).map((side) =>
      smallest(Math.ceil(fraction * counts[side]), (use) => {
        forEachAnchor(({ distances, [side]: candidates }) => {
          for (let i = 0; i < candidates.length; i++) use(easeOf[side](distances[candidates[i]!]!));
        });
      }),
    ) as [(value: number) => boolean, (value: number) => boolean];
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      let kept = 0;
      const select = (candidates: Int32Array, isSelected: (value: number) => boolean, same: 0 | 1) => {
        for (let i = 0; i < candidates.length; i++) {
          const distance = distances[candidates[i]!]!;
          if (!isSelected(same === 1 ? -distance : distance)) continue;
          add(anchor, candidates[i]!, same);
          kept += 1;
        }
      };
      select(positives, positive, 1);
      select(negatives, negative, 0);
      tally.consider(positives.length + negatives.length);
      tally.skip('easier than the share kept', positives.length + negatives.length - kept);
    });
  },
});

/**
 * Finds the k smallest of a stream of single-precision numbers without holding it, by two counting passes over
 * the halves of their bits.
 *
 * @param each hands every number of the stream, the same ones in the same order each time
 * @returns tells for each number, offered in the stream's order, whether it is one of the k; first come, first
 *   served among equals
 */
function smallest(k: number, each: (use: (value: number) => void) => void): (value: number) => boolean {
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  /** An integer that orders as the number does; adding zero turns -0 into 0. */
  const keyOf = (value: number) => {
    float[0] = value + 0;
    return (bits[0]! & 0x80000000 ? ~bits[0]! : bits[0]! | 0x80000000) >>> 0;
  };
  const high = new Float64Array(65_536);
  each((value) => (high[keyOf(value) >>> 16]! += 1));
  const [top, before] = bucketOf(high, k);
  const low = new Float64Array(65_536);
  each((value) => {
    const key = keyOf(value);
    if (key >>> 16 === top) low[key & 0xffff]! += 1;
  });
  const [bottom, beforeInTop] = bucketOf(low, k - before);
  const threshold = top * 65_536 + bottom;
  let ties = k - before - beforeInTop;
  return (value) => {
    const key = keyOf(value);
    return key < threshold || (key === threshold && ties-- > 0);
  };
}

/** The bucket that holds the k-th item, and how many items lie before it. */
function bucketOf(counts: Float64Array, k: number): [bucket: number, before: number] {
  let before = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    if (before + counts[bucket]! >= k) return [bucket, before];
    before += counts[bucket]!;
  }
  return [counts.length, before];
}
