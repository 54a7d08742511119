import { defineTripletStrategy } from '../define-strategy.ts';
import { finiteNumber, type TripletLimits } from '../option-fields.ts';

export interface RandomHardOptions extends TripletLimits {
  /** m, on squared Euclidean distances of unit vectors, which lie in [0, 4]. Default 0.2. */
  readonly margin?: number;
  /** m'', the loss that a negative must exceed. Default 0: any negative that violates the margin. */
  readonly floor?: number;
}

/**
 * For every matching pair (a, p) one negative drawn uniformly from those that violate the margin enough.
 *
 * With L = d(a,p)² − d(a,n)² + m on L2-normalised embeddings: an n with L > m''. A pair without such an n is
 * skipped. `statistics.considered` counts the matching ordered pairs.
 *
 * @throws InvalidArgumentError on a wrong option; on mining, where the embeddings were not L2-normalised
 * @see Parkhi et al., "Deep face recognition" (2015), section 4.4
 */
export const randomHard = defineTripletStrategy<RandomHardOptions>()({
  name: 'random-hard',
  fields: { margin: finiteNumber.default(0.2), floor: finiteNumber.default(0) },
  measure: 'squared-euclidean',
  unitSphere: true,
  rule({ margin, floor }, { forEachAnchor, add, tally, random, batch }) {
    const violating = new Int32Array(batch.distances.candidates);
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider(positives.length);
      if (negatives.length === 0) return tally.skip('no negative', positives.length);
      for (const positive of positives) {
        let count = 0;
        const near = distances[positive]!;
        for (let j = 0; j < negatives.length; j++) {
          if (near - distances[negatives[j]!]! + margin > floor) violating[count++] = negatives[j]!;
        }
        if (count === 0) tally.skip('no negative above the floor');
        else add(anchor, positive, violating[random.int(count)]!);
      }
    });
  },
});
