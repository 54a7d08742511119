import { defineTripletStrategy } from '../define-strategy.ts';
import { farthestOf, nearestOf } from '../nearest-of.ts';
import { measure, type Measured, type TripletLimits } from '../option-fields.ts';

export interface BatchHardOptions extends TripletLimits, Measured {}

/**
 * For every anchor its farthest positive and its nearest negative, whatever the margin.
 *
 * An anchor without a positive or without a negative is skipped. Of equal distances the lowest index.
 * `statistics.considered` counts the anchors.
 *
 * @throws InvalidArgumentError on a wrong option
 * @see Hermans et al., "In defense of the triplet loss" (2017)
 */
export const batchHard = defineTripletStrategy<BatchHardOptions>()({
  name: 'batch-hard',
  fields: { measure },
  rule(_, { forEachAnchor, add, tally }) {
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider();
      if (positives.length === 0) tally.skip('no positive');
      else if (negatives.length === 0) tally.skip('no negative');
      else add(anchor, farthestOf(distances, positives), nearestOf(distances, negatives));
    });
  },
});
