import { definePairStrategy } from '../define-strategy.ts';
import { finiteNumber, measure, type Measured, type PairLimits } from '../option-fields.ts';

export interface PairMarginOptions extends PairLimits, Measured {
  /** Positives farther than this are kept; in the unit of `measure`. Default 0.2. */
  readonly positiveMargin?: number;
  /** Negatives nearer than this are kept; in the unit of `measure`. Default 0.8. */
  readonly negativeMargin?: number;
}

/**
 * Pairs on the wrong side of a margin: positives with d > positiveMargin, negatives with d < negativeMargin.
 *
 * Both are strict, in single precision. `statistics.considered` counts the ordered pairs.
 *
 * @throws InvalidArgumentError on a wrong option
 * @see Hadsell et al., "Dimensionality reduction by learning an invariant mapping" (2006)
 */
export const pairMargin = definePairStrategy<PairMarginOptions>()({
  name: 'pair-margin',
  fields: {
    positiveMargin: finiteNumber.default(0.2),
    negativeMargin: finiteNumber.default(0.8),
    measure,
  },
  rule({ positiveMargin, negativeMargin }, { forEachAnchor, add, tally }) {
    const [inner, outer] = [Math.fround(positiveMargin), Math.fround(negativeMargin)];
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider(positives.length + negatives.length);
      for (const positive of positives) {
        if (distances[positive]! > inner) add(anchor, positive, 1);
        else tally.skip('positive near enough');
      }
      let kept = 0;
      for (let j = 0; j < negatives.length; j++) {
        if (distances[negatives[j]!]! >= outer) continue;
        add(anchor, negatives[j]!, 0);
        kept += 1;
      }
      tally.skip('negative far enough', negatives.length - kept);
    });
  },
});
