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
    // NaN, which is on no side of a margin, for all candidates but the negatives, and up to a multiple of four.
    const negativeDistances = new Float32Array(4 * Math.ceil(candidates / 4)).fill(Number.NaN);
    // One longer than any selection, which is written before it is known whether to keep it.
    const chosen = new Int32Array(candidates + 1);
    const m = Math.fround(margin);
    const [above, upTo] = {
      all: [-Infinity, m],
      hard: [-Infinity, Math.min(m, 0)],
      'semi-hard': [0, m],
      easy: [m, Infinity],
    }[type].map(largestRoundedTo) as [number, number];
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider(positives.length);
      negativeDistances.set(distances);
      forEachMissing(negatives, candidates, (candidate) => (negativeDistances[candidate] = Number.NaN));
      for (let i = 0; i < positives.length; i++) {
        const positive = positives[i]!;
        const found = select(negativeDistances, { near: distances[positive]!, above, upTo }, chosen);
        addAll(anchor, positive, chosen, found);
        if (found === 0) tally.skip(negatives.length === 0 ? 'no negative' : `no ${type} negative`);
      }
    });
  },
});

/** The largest number that single precision rounds to `limit`, so that differences need not be rounded. */
function largestRoundedTo(limit: number): number {
  if (!Number.isFinite(limit)) return limit;
  let low = limit;
  let high = limit + Math.abs(limit) * 2 ** -22 + 2 ** -148;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return low;
    if (Math.fround(middle) > limit) high = middle;
    else low = middle;
  }
}

/** Visits what an ascending list leaves out of 0 to `count` - 1, fast where that is little. */
function forEachMissing(list: Int32Array, count: number, visit: (missing: number) => void): void {
  for (let before = 0; before < count - list.length; before++) {
    // The element at i has list[i] - i missing ones before it.
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle]! - middle > before) high = middle;
      else low = middle + 1;
    }
    visit(low + before);
  }
}

/** Chooses the candidates whose distance is beyond `near` by more than `above` and no more than `upTo`; says how many. */
function select(
  distances: Float32Array,
  { near, above, upTo }: { near: number; above: number; upTo: number },
  chosen: Int32Array,
): number {
  let found = 0;
  // Products where conditions would do: half of the cases go either way, which a branch cannot foresee.
  for (let i = 0; i < distances.length; i += 4) {
    const x0 = distances[i]! - near;
    const x1 = distances[i + 1]! - near;
    const x2 = distances[i + 2]! - near;
    const x3 = distances[i + 3]! - near;
    chosen[found] = i;
    found += Number(x0 > above) * Number(x0 <= upTo);
    chosen[found] = i + 1;
    found += Number(x1 > above) * Number(x1 <= upTo);
    chosen[found] = i + 2;
    found += Number(x2 > above) * Number(x2 <= upTo);
    chosen[found] = i + 3;
    found += Number(x3 > above) * Number(x3 <= upTo);
  }
  return found;
}
