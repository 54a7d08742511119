import { z } from 'zod';
import { defineTripletStrategy } from '../define-strategy.ts';
import { finiteNumber, measure, type Measured, type TripletLimits } from '../option-fields.ts';

export interface TripletMarginOptions extends TripletLimits, Measured {
  /** m, in the unit of `measure`. Default 0.2. */
  readonly margin?: number;
  /** Which triplets, see {@link tripletMargin}. Default `'all'`. */
  readonly type?: 'all' | 'hard' | 'semi-hard' | 'easy';
}

/**
 * All triplets on one side of a margin, with x = d(a,n) − d(a,p) in single precision:
 *
 * - `'all'`: x <= m, those that violate the margin;
 * - `'hard'`: x <= m and x <= 0;
 * - `'semi-hard'`: 0 < x <= m;
 * - `'easy'`: x > m.
 *
 * `statistics.considered` counts the matching ordered pairs; one without a triplet is skipped. Where several
 * negatives of a pair qualify, all are selected: unlike {@link semiHard}, which takes one, compares squared
 * distances, and whose band is open.
 *
 * @throws InvalidArgumentError on a wrong option
 * @see Weinberger and Saul, "Distance metric learning for large margin nearest neighbor" (2009)
 */
export const tripletMargin = defineTripletStrategy<TripletMarginOptions>()({
  name: 'triplet-margin',
  fields: {
    margin: finiteNumber.default(0.2),
    type: z.enum(['all', 'hard', 'semi-hard', 'easy'], '"all", "hard", "semi-hard" or "easy"').default('all'),
    measure,
  },
  rule({ margin, type }, { batch, forEachAnchor, addAll, tally }) {
    const { candidates } = batch.distances;
    const negativeDistances = new Float32Array(candidates);
    // One longer than any selection: the loop below writes before it knows whether to keep.
    const chosen = new Int32Array(candidates + 1);
    const m = Math.fround(margin);
    const [above, upTo] = {
      all: [-Infinity, m],
      hard: [-Infinity, Math.min(m, 0)],
      'semi-hard': [0, m],
      easy: [m, Infinity],
    }[type] as [number, number];
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider(positives.length);
      for (let j = 0; j < negatives.length; j++) negativeDistances[j] = distances[negatives[j]!]!;
      for (let i = 0; i < positives.length; i++) {
        const positive = positives[i]!;
        const near = distances[positive]!;
        let found = 0;
        for (let j = 0; j < negatives.length; j++) {
          const x = Math.fround(negativeDistances[j]! - near);
          // A product where a condition would do: half of the cases go either way, which a branch cannot foresee.
          chosen[found] = negatives[j]!;
          found += Number(x > above) * Number(x <= upTo);
        }
        addAll(anchor, positive, chosen, found);
        if (found === 0) tally.skip(negatives.length === 0 ? 'no negative' : `no ${type} negative`);
      }
    });
  },
});
