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
    // Those of negatives; NaN, which is on no side of a margin, for the other candidates.
    const negativeDistances = new Float32Array(candidates);
    // One longer than any selection, which is written before it is known whether to keep it.
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
      negativeDistances.fill(Number.NaN);
      for (let j = 0; j < negatives.length; j++) negativeDistances[negatives[j]!] = distances[negatives[j]!]!;
      for (let i = 0; i < positives.length; i++) {
        const positive = positives[i]!;
        const near = distances[positive]!;
        const found = select(negativeDistances, { near, above, upTo }, chosen);
        addAll(anchor, positive, chosen, found);
        if (found === 0) tally.skip(negatives.length === 0 ? 'no negative' : `no ${type} negative`);
      }
    });
  },
});

/** Chooses the candidates whose distance is beyond `near` by more than `above` and no more than `upTo`; says how many. */
function select(
  distances: Float32Array,
  { near, above, upTo }: { near: number; above: number; upTo: number },
  chosen: Int32Array,
): number {
  let found = 0;
  for (let candidate = 0; candidate < distances.length; candidate++) {
    const x = Math.fround(distances[candidate]! - near);
    // A product where a condition would do: half of the cases go either way, which a branch cannot foresee.
    chosen[found] = candidate;
    found += Number(x > above) * Number(x <= upTo);
  }
  return found;
}
