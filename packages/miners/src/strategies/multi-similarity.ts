import { definePairStrategy } from '../define-strategy.ts';
import { finiteNumber, measure, type Measured, type PairLimits } from '../option-fields.ts';

export interface MultiSimilarityOptions extends PairLimits, Measured {
  /** ε, the slack in the unit of `measure`. Default 0.1. */
  readonly epsilon?: number;
}

/**
 * For every anchor the pairs that are not yet ranked safely.
 *
 * A positive is kept where d(a,p) + ε > min d(a,n), a negative where d(a,n) − ε < max d(a,p), both strict; with
 * the default measure `'cosine'` that is the paper's rule on similarities. An anchor without a positive or
 * without a negative gives nothing. `statistics.considered` counts the ordered pairs.
 *
 * @throws InvalidArgumentError on a wrong option
 * @see Wang et al., "Multi-similarity loss with general pair weighting" (2019), section 4.1
 */
export const multiSimilarity = definePairStrategy<MultiSimilarityOptions>()({
  name: 'multi-similarity',
  fields: { epsilon: finiteNumber.default(0.1), measure: measure.unwrap().default('cosine') },
  rule({ epsilon }, { batch, forEachAnchor, addAll, tally }) {
    const kept = new Int32Array(batch.distances.candidates);
    const slack = Math.fround(epsilon);
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider(positives.length + negatives.length);
      if (positives.length === 0) return tally.skip('no positive to compare with', negatives.length);
      if (negatives.length === 0) return tally.skip('no negative to compare with', positives.length);
      let [nearest, farthest] = [Infinity, -Infinity];
      for (let j = 0; j < negatives.length; j++) nearest = Math.min(nearest, distances[negatives[j]!]!);
      for (const positive of positives) farthest = Math.max(farthest, distances[positive]!);
      let near = 0;
      let far = 0;
      for (let i = 0; i < positives.length; i++) {
        if (Math.fround(distances[positives[i]!]! + slack) > nearest) kept[far++] = positives[i]!;
      }
      addAll(anchor, 1, kept, far);
      for (let j = 0; j < negatives.length; j++) {
        if (Math.fround(distances[negatives[j]!]! - slack) < farthest) kept[near++] = negatives[j]!;
      }
      addAll(anchor, 0, kept, near);
      tally.skip('ranked safely', positives.length + negatives.length - near - far);
    });
  },
});
