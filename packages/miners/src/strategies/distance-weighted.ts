import { InvalidArgumentError } from '@ft/errors';
import { defineTripletStrategy } from '../define-strategy.ts';
import { count, positiveNumber, type TripletLimits } from '../option-fields.ts';

export interface DistanceWeightedOptions extends TripletLimits {
  /** Negatives nearer than this, in Euclidean distance, weigh as if they were this far. Default 0.5. */
  readonly cutoff?: number;
  /** Negatives at this Euclidean distance or farther are never drawn. Default 1.4. */
  readonly maxNegativeDistance?: number;
  /** Triplets per anchor. Default: as many as the candidates have items of its identity. */
  readonly drawsPerAnchor?: number;
  /** The number of coordinates of an embedding, needed where the batch does not bring the coordinates. */
  readonly dimension?: number;
}

/**
 * For every anchor, positives drawn uniformly and negatives drawn so that every distance is equally likely.
 *
 * The weight of a negative is 1 / q(d), with q(d) = d^(D−2) (1 − d²/4)^((D−3)/2) the density of distances
 * between random points of the unit sphere in D dimensions. Both draws are with replacement. Weights are
 * scaled for each anchor by itself, so that no dimension makes them vanish. An anchor that lacks positives,
 * or negatives within reach, is skipped. `statistics.considered` counts the anchors.
 *
 * @throws InvalidArgumentError on a wrong option; on mining, where the embeddings were not L2-normalised or
 *   their dimension is not known
 * @see Wu et al., "Sampling matters in deep embedding learning" (2017), section 4
 */
export const distanceWeighted = defineTripletStrategy<DistanceWeightedOptions>()({
  name: 'distance-weighted',
  fields: {
    cutoff: positiveNumber.default(0.5),
    maxNegativeDistance: positiveNumber.default(1.4),
    drawsPerAnchor: count.optional(),
    dimension: count.optional(),
  },
  measure: 'euclidean',
  unitSphere: true,
  rule(options, { where, batch, forEachAnchor, add, tally, random }) {
    const { cutoff, maxNegativeDistance, drawsPerAnchor } = options;
    const dimension = options.dimension ?? batch.embeddings?.dimension;
    if (dimension === undefined) {
      throw new InvalidArgumentError({
        where,
        argument: 'dimension',
        expected: 'given where the batch brings no embeddings',
        got: dimension,
      });
    }
    // 1/q(d) = u^(-(D-3)/2) / d with u = d²(1 - d²/4): one logarithm instead of two.
    const exponent = (3 - dimension) / 2;
    const logU = new Float64Array(batch.distances.candidates);
    const cumulative = new Float64Array(batch.distances.candidates);
    const reachable = new Int32Array(batch.distances.candidates);
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      tally.consider();
      if (positives.length === 0) return tally.skip('no positive');
      let reached = 0;
      let largest = -Infinity;
      for (let j = 0; j < negatives.length; j++) {
        const d = Math.max(cutoff, distances[negatives[j]!]!);
        if (d >= maxNegativeDistance || d >= 2) continue;
        const power = exponent * Math.log(d * d * (1 - (d * d) / 4));
        if (power > largest) largest = power;
        logU[reached] = power;
        reachable[reached++] = negatives[j]!;
      }
      if (reached === 0) return tally.skip('no negative within reach');
      let total = 0;
      for (let j = 0; j < reached; j++) {
        const d = Math.max(cutoff, distances[reachable[j]!]!);
        total += Math.exp(logU[j]! - largest) / d;
        cumulative[j] = total;
      }
      const hasSelf = batch.selfIndex[anchor] !== -1;
      const draws = drawsPerAnchor ?? positives.length + (hasSelf ? 1 : 0);
      for (let i = 0; i < draws; i++) {
        const positive = positives[random.int(positives.length)]!;
        // 48 bits, so that rare negatives keep their chance.
        const at = (random.int(2 ** 24) * 2 ** -24 + random.int(2 ** 24) * 2 ** -48) * total;
        add(anchor, positive, reachable[firstAbove(cumulative, reached, at)]!);
      }
    });
  },
});

/** The first index with cumulative[index] > at, by bisection. */
function firstAbove(cumulative: Float64Array, length: number, at: number): number {
  let [low, high] = [0, length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
