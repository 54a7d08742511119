import { defineTripletStrategy } from '../define-strategy.ts';
import { measure, type Measured, type TripletLimits } from '../option-fields.ts';

export interface RandomNegativeOptions extends TripletLimits, Measured {}

/**
 * For every matching pair (a, p) one negative drawn uniformly, near or far: the plainest start of a curriculum.
 *
 * `measure` matters to `maxPositiveDistance` only. `statistics.considered` counts the matching ordered pairs.
 *
 * @throws InvalidArgumentError on a wrong option
 */
export const randomNegative = defineTripletStrategy<RandomNegativeOptions>()({
  name: 'random',
  fields: { measure },
  rule(_, { forEachAnchor, add, tally, random }) {
    forEachAnchor(({ anchor, positives, negatives }) => {
      tally.consider(positives.length);
      if (negatives.length === 0) return tally.skip('no negative', positives.length);
      for (const positive of positives) add(anchor, positive, negatives[random.int(negatives.length)]!);
    });
  },
});
