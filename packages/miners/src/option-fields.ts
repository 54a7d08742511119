import type { DistanceMeasure } from '@ft/miner-api';
import { z } from 'zod';

/** Fields that the option schemas share. Their messages complete the sentence "x must be ...". */
export const finiteNumber = z.number('a finite number');
export const positiveNumber = z.number('a number above 0').positive('a number above 0');
export const count = z.int('an integer of at least 1').positive('an integer of at least 1');
export const measure = z
  .enum(['euclidean', 'squared-euclidean', 'cosine'], '"euclidean", "squared-euclidean" or "cosine"')
  .default('euclidean');

/** Two numbers, the first not above the second. */
export const range = (of: z.ZodNumber, what: string) =>
  z.tuple([of, of], what).refine(([low, high]) => low <= high, what);

const limits = {
  maxPerAnchor: count.optional(),
  maxPositiveDistance: positiveNumber.optional(),
};
export const tripletLimits = { maxTriplets: count.optional(), ...limits };
export const pairLimits = { maxPairs: count.optional(), ...limits };

interface Limits {
  /** Keep at most this many rows of one anchor, drawn uniformly. Applied before the limit on all rows. */
  readonly maxPerAnchor?: number;
  /** Matching pairs farther apart are passed over as probable label noise; in the strategy's own measure. */
  readonly maxPositiveDistance?: number;
}

/** Limits that every triplet strategy takes; none applies by default. */
export interface TripletLimits extends Limits {
  /** Keep at most this many triplets of the batch, drawn uniformly from all that the rule selects. */
  readonly maxTriplets?: number;
}

/** Limits that every pair strategy takes; none applies by default. */
export interface PairLimits extends Limits {
  /** Keep at most this many pairs of the batch, drawn uniformly from all that the rule selects. */
  readonly maxPairs?: number;
}

/** The measure in which a strategy compares distances. */
export interface Measured {
  /** What the strategy's numbers are meant in; the batch's distances are converted. Default `'euclidean'`. */
  readonly measure?: DistanceMeasure;
}
