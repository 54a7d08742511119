import { InvalidArgumentError } from '@ft/errors';
import { z } from 'zod';
import { defineTripletStrategy } from '../define-strategy.ts';
import { farthestOf, nearestOf } from '../nearest-of.ts';
import { finiteNumber, measure, range, type Measured, type TripletLimits } from '../option-fields.ts';

export interface BatchEasyHardOptions extends TripletLimits, Measured {
  /** `'easy'` nearest, `'hard'` farthest, `'semi-hard'` farthest that is nearer than the negative. Default `'easy'`. */
  readonly positive?: 'easy' | 'semi-hard' | 'hard';
  /** `'easy'` farthest, `'hard'` nearest, `'semi-hard'` nearest that is farther than the positive. Default `'semi-hard'`. */
  readonly negative?: 'easy' | 'semi-hard' | 'hard';
  /** Only positives with a distance in this closed range take part. */
  readonly positiveRange?: readonly [number, number];
  /** Only negatives with a distance in this closed range take part. */
  readonly negativeRange?: readonly [number, number];
}

const strategy = z.enum(['easy', 'semi-hard', 'hard'], '"easy", "semi-hard" or "hard"');
const distanceRange = range(finiteNumber, 'two numbers, the lower first').optional();

/**
 * For every anchor one positive and one negative, each easy, hard or semi-hard with respect to the other.
 *
 * "Semi-hard" is strict: the negative is farther than the positive chosen, without an upper bound. An anchor
 * that lacks either is skipped. Of equal distances the lowest index. `statistics.considered` counts the
 * anchors.
 *
 * @throws InvalidArgumentError on a wrong option, or where both are semi-hard
 * @see Xuan et al., "Improved embeddings with easy positive triplet mining" (2020)
 */
export const batchEasyHard = defineTripletStrategy<BatchEasyHardOptions>()({
  name: 'batch-easy-hard',
  fields: {
    positive: strategy.default('easy'),
    negative: strategy.default('semi-hard'),
    positiveRange: distanceRange,
    negativeRange: distanceRange,
    measure,
  },
  complete(options, where) {
    if (options.positive !== 'semi-hard' || options.negative !== 'semi-hard') return options;
    throw new InvalidArgumentError({
      where,
      argument: 'positive',
      expected: '"easy" or "hard" where negative is "semi-hard"',
      got: options.positive,
    });
  },
  rule({ positive, negative, positiveRange, negativeRange }, { forEachAnchor, add, tally }) {
    forEachAnchor(({ anchor, distances, ...row }) => {
      tally.consider();
      const positives = within(distances, row.positives, positiveRange);
      const negatives = within(distances, row.negatives, negativeRange);
      if (positives.length === 0) return tally.skip('no positive');
      if (negatives.length === 0) return tally.skip('no negative');
      let [p, n] = [-1, -1];
      if (positive === 'semi-hard') {
        n = negative === 'easy' ? farthestOf(distances, negatives) : nearestOf(distances, negatives);
        p = farthestOf(distances, positives, distances[n]);
        if (p === -1) return tally.skip('no positive nearer than the negative');
      } else {
        p = positive === 'easy' ? nearestOf(distances, positives) : farthestOf(distances, positives);
        if (negative === 'easy') n = farthestOf(distances, negatives);
        else n = nearestOf(distances, negatives, negative === 'hard' ? -Infinity : distances[p]);
        if (n === -1) return tally.skip('no negative farther than the positive');
      }
      add(anchor, p, n);
    });
  },
});

function within(
  distances: Float32Array,
  candidates: Int32Array,
  bounds: readonly [number, number] | undefined,
): Int32Array {
  if (bounds === undefined) return candidates;
  return candidates.filter((i) => distances[i]! >= bounds[0] && distances[i]! <= bounds[1]);
}
