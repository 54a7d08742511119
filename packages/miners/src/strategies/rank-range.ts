import { defineTripletStrategy } from '../define-strategy.ts';
import { count, measure, range, type Measured, type TripletLimits } from '../option-fields.ts';

export interface RankRangeOptions extends TripletLimits, Measured {
  /** First and last rank of the positives taken, 1 being the farthest. Default [1, 1]. */
  readonly positiveRanks?: readonly [number, number];
  /** First and last rank of the negatives taken, 1 being the nearest. Default [1, 1]. */
  readonly negativeRanks?: readonly [number, number];
}

const ranks = range(count, 'two integers of at least 1, the lower first').default([1, 1]);

/**
 * For every anchor the positives and the negatives of given ranks of hardness, each with each.
 *
 * Negatives 2 to 4 step over the hardest one, which is often a wrong label. Ranks past the end are passed
 * over; an anchor left without either is skipped. Equal distances rank by index. `statistics.considered`
 * counts the anchors.
 *
 * @throws InvalidArgumentError on a wrong option
 */
export const rankRange = defineTripletStrategy<RankRangeOptions>()({
  name: 'rank-range',
  fields: { positiveRanks: ranks, negativeRanks: ranks, measure },
  rule({ positiveRanks, negativeRanks }, { forEachAnchor, add, tally }) {
    forEachAnchor(({ anchor, distances, ...row }) => {
      tally.consider();
      const positives = ranked(distances, row.positives, positiveRanks, -1);
      const negatives = ranked(distances, row.negatives, negativeRanks, 1);
      if (positives.length === 0) tally.skip('no positive of these ranks');
      else if (negatives.length === 0) tally.skip('no negative of these ranks');
      for (const positive of positives) {
        for (const negative of negatives) add(anchor, positive, negative);
      }
    });
  },
});

/** The candidates of given ranks by ascending `sign` x distance. Only the first `last` are ever kept sorted. */
function ranked(
  distances: Float32Array,
  candidates: Int32Array,
  [first, last]: readonly [number, number],
  sign: 1 | -1,
): number[] {
  const hardest: number[] = [];
  for (let i = 0; i < candidates.length; i++) {
    const key = sign * distances[candidates[i]!]!;
    if (hardest.length === last && key >= sign * distances[hardest[last - 1]!]!) continue;
    let at = hardest.length;
    while (at > 0 && key < sign * distances[hardest[at - 1]!]!) at -= 1;
    hardest.splice(at, 0, candidates[i]!);
    if (hardest.length > last) hardest.pop();
  }
  return hardest.slice(first - 1);
}
