import { defineTripletStrategy } from '../define-strategy.ts';
import { measure, type Measured, type TripletLimits } from '../option-fields.ts';

export interface BatchAllOptions extends TripletLimits, Measured {}

/**
 * Every valid triplet of the batch: for every matching pair (a, p) every negative.
 *
 * With P identities of K items that is PK(K−1)(PK−K) triplets; `maxTriplets` keeps a uniform sample without
 * holding the rest. `measure` matters to `maxPositiveDistance` only. `statistics.considered` counts the
 * matching ordered pairs.
 *
 * @throws InvalidArgumentError on a wrong option
 * @see Hermans et al., "In defense of the triplet loss" (2017)
 */
export const batchAll = defineTripletStrategy<BatchAllOptions>()({
  name: 'batch-all',
  fields: { measure },
  rule(_, { forEachAnchor, addAll, tally }) {
    forEachAnchor(({ anchor, positives, negatives }) => {
      tally.consider(positives.length);
      if (negatives.length === 0) tally.skip('no negative', positives.length);
      for (const positive of positives) addAll(anchor, positive, negatives, negatives.length);
    });
  },
});
