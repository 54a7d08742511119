import type { MinedTriplets, MiningStatistics, Random } from '@ft/miner-api';
import type { z } from 'zod';
import { growingColumns, type GrowingColumns } from './growing-columns.ts';
import type { tripletLimits } from './option-fields.ts';

type Limits = Pick<z.output<z.ZodObject<typeof tripletLimits>>, 'maxTriplets' | 'maxPerAnchor'>;

export type AddTriplet = (anchor: number, positive: number, negative: number) => void;

/**
 * Gathers triplets as columns and applies the limits by reservoir sampling, so that memory never exceeds what
 * is kept. All triplets of one anchor must be added in one go.
 *
 * @see Vitter, "Random sampling with a reservoir" (1985), algorithm R
 */
export function collectTriplets(
  { maxTriplets, maxPerAnchor }: Limits,
  random: Random,
): { add: AddTriplet; finish: (statistics: MiningStatistics) => MinedTriplets } {
  const kept = growingColumns();
  const keep = maxTriplets === undefined ? kept.push : reservoir(maxTriplets, random, kept);
  const grouped = maxPerAnchor === undefined ? undefined : perAnchor(maxPerAnchor, random, keep);
  return {
    add: grouped?.add ?? keep,
    finish(statistics) {
      grouped?.flush();
      const [anchors, positives, negatives] = kept.take();
      return { kind: 'triplets', anchors, positives, negatives, statistics };
    },
  };
}

/** Keeps a uniform sample of at most `size` of the rows that pass by. */
function reservoir(size: number, random: Random, kept: GrowingColumns): AddTriplet {
  let seen = 0;
  return (a, b, c) => {
    seen += 1;
    if (seen <= size) {
      kept.push(a, b, c);
      return;
    }
    const slot = random.int(seen);
    if (slot < size) kept.set(slot, a, b, c);
  };
}

/** Passes a uniform sample of at most `size` triplets of each anchor on, when the next anchor comes. */
function perAnchor(size: number, random: Random, pass: AddTriplet) {
  const group = growingColumns();
  let addToGroup = reservoir(size, random, group);
  let current = -1;
  const flush = () => {
    for (let i = 0; i < group.length(); i++) pass(group.get(0, i), group.get(1, i), group.get(2, i));
    group.clear();
    addToGroup = reservoir(size, random, group);
  };
  const add: AddTriplet = (anchor, positive, negative) => {
    if (anchor !== current) flush();
    current = anchor;
    addToGroup(anchor, positive, negative);
  };
  return { add, flush };
}
