import { defineTripletStrategy } from '../define-strategy.ts';
import { nearestOf } from '../nearest-of.ts';
import { finiteNumber, type TripletLimits } from '../option-fields.ts';

export interface HardOptions extends TripletLimits {
  /** m, on squared Euclidean distances of unit vectors, which lie in [0, 4]. Default 0.2. */
  readonly margin?: number;
}

/**
 * For every matching pair (a, p) the negative that violates the margin most.
 *
 * With L = d(a,p)² − d(a,n)² + m on L2-normalised embeddings: the n that maximises L, which is the nearest
 * negative of a, where L > 0; the pair is skipped where L <= 0. Of equally near negatives the lowest index.
 * `statistics.considered` counts the matching ordered pairs.
 *
 * @throws InvalidArgumentError on a wrong option; on mining, where the embeddings were not L2-normalised
 * @see Schroff et al., "FaceNet" (2015), section 3.2
 */
export const hard = defineTripletStrategy<HardOptions>()({
  name: 'hard',
  fields: { margin: finiteNumber.default(0.2) },
  measure: 'squared-euclidean',
  unitSphere: true,
  rule({ margin }, { forEachAnchor, add, tally }) {
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider(positives.length);
      const nearest = nearestOf(distances, negatives);
      if (nearest === -1) return tally.skip('no negative', positives.length);
      for (const positive of positives) {
        if (distances[positive]! - distances[nearest]! + margin > 0) add(anchor, positive, nearest);
        else tally.skip('no negative violates the margin');
      }
    });
  },
});
