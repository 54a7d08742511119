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
  rule({ positiveMargin, negativeMargin }, { batch, forEachAnchor, addAll, tally }) {
    const kept = new Int32Array(batch.distances.candidates);
    const [inner, outer] = [Math.fround(positiveMargin), Math.fround(negativeMargin)];
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider(positives.length + negatives.length);
      let far = 0;
      let near = 0;
      for (let i = 0; i < positives.length; i++) {
        if (distances[positives[i]!]! > inner) kept[far++] = positives[i]!;
      }
      addAll(anchor, 1, kept, far);
      for (let j = 0; j < negatives.length; j++) {
        if (distances[negatives[j]!]! < outer) kept[near++] = negatives[j]!;
      }
      addAll(anchor, 0, kept, near);
      tally.skip('positive near enough', positives.length - far);
      tally.skip('negative far enough', negatives.length - near);
    });
  },
});
