import { z } from 'zod';
import { defineTripletStrategy } from '../define-strategy.ts';
import { positiveNumber, type TripletLimits } from '../option-fields.ts';

export interface SemiHardOptions extends TripletLimits {
  /** m, on squared Euclidean distances of unit vectors, which lie in [0, 4]. Default 0.2. */
  readonly margin?: number;
  /** m', the open upper end of the band 0 < L < m'. Default: the margin, so that d(a,n) > d(a,p). */
  readonly band?: number;
  /** Which negative of the band: one drawn uniformly, the one with the largest L, or all. Default `'random'`. */
  readonly choice?: 'random' | 'hardest' | 'all';
}

/**
 * For every matching pair (a, p) a negative that violates the margin, but not by much.
 *
 * With L = d(a,p)² − d(a,n)² + m on L2-normalised embeddings: an n with 0 < L < m', both ends open. With the
 * default band, n is farther from a than p is, by less than the margin. A pair without such an n is skipped;
 * there is no fallback. Of equally hard negatives the lowest index. `statistics.considered` counts the
 * matching ordered pairs.
 *
 * @throws InvalidArgumentError on a wrong option; on mining, where the embeddings were not L2-normalised
 * @see Schroff et al., "FaceNet" (2015), section 3.2
 */
export const semiHard = defineTripletStrategy<SemiHardOptions>()({
  name: 'semi-hard',
  fields: {
    margin: positiveNumber.default(0.2),
    band: positiveNumber.optional(),
    choice: z.enum(['random', 'hardest', 'all'], '"random", "hardest" or "all"').default('random'),
  },
  complete: (options) => ({ ...options, band: options.band ?? options.margin }),
  measure: 'squared-euclidean',
  unitSphere: true,
  rule({ margin, band, choice }, { forEachAnchor, add, addAll, tally, random, batch }) {
    const inBand = new Int32Array(batch.distances.candidates);
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider(positives.length);
      if (negatives.length === 0) return tally.skip('no negative', positives.length);
      for (const positive of positives) {
        let count = 0;
        let hardest = -1;
        let largest = 0;
        const near = distances[positive]!;
        for (let j = 0; j < negatives.length; j++) {
          const loss = near - distances[negatives[j]!]! + margin;
          if (loss <= 0 || loss >= band) continue;
          inBand[count++] = negatives[j]!;
          if (loss > largest) {
            largest = loss;
            hardest = negatives[j]!;
          }
        }
        if (count === 0) tally.skip('no negative in the band');
        else if (choice === 'random') add(anchor, positive, inBand[random.int(count)]!);
        else if (choice === 'hardest') add(anchor, positive, hardest);
        else addAll(anchor, positive, inBand, count);
      }
    });
  },
});
