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
    // Where every pair stands: positives from the front, negatives from the back. As integers, so that the
    // smallest is the hardest.
    const keys = new Uint32Array(batch.distances.anchors * batch.distances.candidates);
    let [front, back] = [0, keys.length];
    forEachAnchor(({ distances, positives, negatives }) => {
      const bits = bitsOf(distances);
      for (let i = 0; i < positives.length; i++) keys[front++] = farthestFirst(bits[positives[i]!]!);
      for (let j = 0; j < negatives.length; j++) keys[--back] = nearestFirst(bits[negatives[j]!]!);
    });
    const far = edgeOf(keys.subarray(0, front), Math.ceil(fraction * front));
    const near = edgeOf(keys.subarray(back), Math.ceil(fraction * (keys.length - back)));
    const kept = new Int32Array(batch.distances.candidates);
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      const bits = bitsOf(distances);
      let farCount = 0;
      for (let i = 0; i < positives.length; i++) {
        const key = farthestFirst(bits[positives[i]!]!);
        if (key < far.last || (key === far.last && far.ties-- > 0)) kept[farCount++] = positives[i]!;
      }
      addAll(anchor, 1, kept, farCount);
      let nearCount = 0;
      for (let j = 0; j < negatives.length; j++) {
        const key = nearestFirst(bits[negatives[j]!]!);
        if (key < near.last || (key === near.last && near.ties-- > 0)) kept[nearCount++] = negatives[j]!;
      }
      addAll(anchor, 0, kept, nearCount);
      tally.consider(positives.length + negatives.length);
      tally.skip('easier than the share kept', positives.length + negatives.length - nearCount - farCount);
    });
  },
});

/** The bits of a row of distances as integers, which order as the distances do. */
function bitsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}

const LARGEST = 0x7fffffff;
/** A rounding error below zero, whose sign bit is set, counts as zero. */
const nearestFirst = (bits: number) => (bits > LARGEST ? 0 : bits);
const farthestFirst = (bits: number) => LARGEST - nearestFirst(bits);

/**
 * Where the k smallest keys end: the last of them, and how many of its equals are among them. Found by counting,
 * eleven bits at a time, from the highest down.
 */
function edgeOf(keys: Uint32Array, k: number): { last: number; ties: number } {
  if (k === 0) return { last: -1, ties: 0 };
  let last = 0;
  let rest = k;
  for (const [shift, bits] of [
    [20, 11],
    [9, 11],
    [0, 9],
  ] as const) {
    const counts = new Uint32Array(1 << bits);
    const prefix = last >>> (shift + bits);
    for (let i = 0; i < keys.length; i++) {
      if (keys[i]! >>> (shift + bits) === prefix) counts[(keys[i]! >>> shift) & (counts.length - 1)]! += 1;
    }
    let digit = 0;
    while (counts[digit]! < rest) rest -= counts[digit++]!;
    last += digit * 2 ** shift;
  }
  return { last, ties: rest };
}
