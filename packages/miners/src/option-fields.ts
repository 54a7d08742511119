import { z } from 'zod';

/** Fields that the option schemas share. Their messages complete the sentence "x must be ...". */
export const finiteNumber = z.number('a finite number');
export const positiveNumber = z.number('a number above 0').positive('a number above 0');
export const count = z.int('an integer of at least 1').positive('an integer of at least 1');

/** Limits that every triplet strategy takes. */
export const tripletLimits = {
  maxTriplets: count.optional(),
  maxPerAnchor: count.optional(),
  maxPositiveDistance: positiveNumber.optional(),
};

/** Limits that every triplet strategy takes; none applies by default. */
export interface TripletLimits {
  /** Keep at most this many triplets of the batch, drawn uniformly from all that the rule selects. */
  readonly maxTriplets?: number;
  /** Keep at most this many triplets of one anchor, drawn uniformly. Applied before `maxTriplets`. */
  readonly maxPerAnchor?: number;
  /** Matching pairs farther apart are passed over as probable label noise; in the strategy's own measure. */
  readonly maxPositiveDistance?: number;
}
