import type { Random } from '@ft/miner-api';
import { definePairStrategy } from '../define-strategy.ts';
import { count, measure, type Measured, type PairLimits } from '../option-fields.ts';

export interface UniformHistogramOptions extends PairLimits, Measured {
  /** Bins of equal width between the least and the largest distance. Default 100. */
  readonly bins?: number;
  /** Positives drawn from every bin that has some. Default 10. */
  readonly positivesPerBin?: number;
  /** Negatives drawn from every bin that has some. Default 10. */
  readonly negativesPerBin?: number;
}

/**
 * Pairs of all degrees of hardness alike: from every bin of the histogram of distances equally many, drawn
 * uniformly with replacement, for positives and for negatives by themselves.
 *
 * Bins are closed below and open above, the last one closed. `statistics.considered` counts the ordered pairs;
 * those never drawn are skipped.
 *
 * @throws InvalidArgumentError on a wrong option
 */
export const uniformHistogram = definePairStrategy<UniformHistogramOptions>()({
  name: 'uniform-histogram',
  fields: {
    bins: count.default(100),
    positivesPerBin: count.default(10),
    negativesPerBin: count.default(10),
    measure,
  },
  rule({ bins, positivesPerBin, negativesPerBin }, { forEachAnchor, add, tally, random }) {
    const positive = binnedDraw(bins, positivesPerBin);
    const negative = binnedDraw(bins, negativesPerBin);
    forEachAnchor(({ distances, positives, negatives }) => {
      positive.widen(distances, positives);
      negative.widen(distances, negatives);
    });
    forEachAnchor(({ distances, positives, negatives }) => {
      positive.count(distances, positives);
      negative.count(distances, negatives);
    });
    positive.draw(random);
    negative.draw(random);
    forEachAnchor(({ anchor, distances, positives, negatives }) => {
      const drawn =
        positive.select(distances, positives, (candidate) => add(anchor, 1, candidate)) +
        negative.select(distances, negatives, (candidate) => add(anchor, 0, candidate));
      tally.consider(positives.length + negatives.length);
      tally.skip('not drawn', positives.length + negatives.length - drawn);
    });
  },
});

/** Draws `size` items of every bin, with replacement, from a stream of rows that passes three times. */
function binnedDraw(bins: number, size: number) {
  let [least, most] = [Infinity, -Infinity];
  let edges: Float32Array = new Float32Array();
  const counts = new Float64Array(bins);
  const passed = new Float64Array(bins);
  const next = new Int32Array(bins);
  const draws: Float64Array[] = [];
  const binOf = (distance: number) => {
    let bin = Math.min(bins - 1, Math.floor(((distance - least) / (most - least)) * bins) || 0);
    while (bin > 0 && distance < edges[bin]!) bin -= 1;
    while (bin < bins - 1 && distance >= edges[bin + 1]!) bin += 1;
    return bin;
  };
  return {
    /** First pass: the range of the distances. */
    widen(distances: Float32Array, candidates: Int32Array) {
      for (let i = 0; i < candidates.length; i++) {
        const distance = distances[candidates[i]!]!;
        if (distance < least) least = distance;
        if (distance > most) most = distance;
      }
    },
    /** Second pass: how many items each bin has. */
    count(distances: Float32Array, candidates: Int32Array) {
      if (edges.length === 0) edges = binEdges(least, most, bins);
      for (let i = 0; i < candidates.length; i++) counts[binOf(distances[candidates[i]!]!)]! += 1;
    },
    /** Chooses positions within each bin, in ascending order. */
    draw(random: Random) {
      for (let bin = 0; bin < bins; bin++) {
        const members = counts[bin]!;
        draws[bin] = Float64Array.from({ length: members === 0 ? 0 : size }, () =>
          random.int(members),
        ).sort();
      }
    },
    /** Third pass: hands on each item as often as it was drawn, and tells how many were. */
    select(distances: Float32Array, candidates: Int32Array, take: (candidate: number) => void): number {
      let drawn = 0;
      for (let i = 0; i < candidates.length; i++) {
        const bin = binOf(distances[candidates[i]!]!);
        const position = passed[bin]!;
        passed[bin] = position + 1;
        if (draws[bin]![next[bin]!] !== position) continue;
        drawn += 1;
        while (draws[bin]![next[bin]!] === position) {
          next[bin]! += 1;
          take(candidates[i]!);
        }
      }
      return drawn;
    },
  };
}

/** `bins` + 1 evenly spaced edges in single precision, the last one exact. */
export function binEdges(least: number, most: number, bins: number): Float32Array {
  return Float32Array.from({ length: bins + 1 }, (_, i) =>
    i === bins ? most : least + ((most - least) * i) / bins,
  );
}
