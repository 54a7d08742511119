import { z } from 'zod';
import { defineTripletStrategy } from '../define-strategy.ts';
import { farthestOf, nearestOf } from '../nearest-of.ts';
import { measure, type Measured, type TripletLimits } from '../option-fields.ts';

export interface NearestSemiHardOptions extends TripletLimits, Measured {
  /** Where no negative is farther than the positive: the anchor's farthest negative, or none. Default `'farthest'`. */
  readonly fallback?: 'farthest' | 'none';
}

/**
 * For every matching pair (a, p) the nearest negative with d(a,n) > d(a,p), without an upper bound.
 *
 * With the default fallback these are the triplets whose mean hinge is TensorFlow Addons'
 * `triplet_semihard_loss`. Of equal distances the lowest index. `statistics.considered` counts the matching
 * ordered pairs.
 *
 * @throws InvalidArgumentError on a wrong option
 * @see Schroff et al., "FaceNet" (2015), section 3.2
 */
export const nearestSemiHard = defineTripletStrategy<NearestSemiHardOptions>()({
  name: 'nearest-semi-hard',
  fields: { fallback: z.enum(['farthest', 'none'], '"farthest" or "none"').default('farthest'), measure },
  rule({ fallback }, { forEachAnchor, add, tally }) {
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider(positives.length);
      if (negatives.length === 0) return tally.skip('no negative', positives.length);
      const easiest = fallback === 'farthest' ? farthestOf(distances, negatives) : -1;
      for (const positive of positives) {
        const beyond = nearestOf(distances, negatives, distances[positive]);
        const chosen = beyond === -1 ? easiest : beyond;
        if (chosen === -1) tally.skip('no negative farther than the positive');
        else add(anchor, positive, chosen);
      }
    });
  },
});
