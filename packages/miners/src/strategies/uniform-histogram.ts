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
    const pass = (visit: {
      positive: (distance: number, anchor: number, candidate: number) => void;
      negative: (distance: number, anchor: number, candidate: number) => void;
    }) =>
      forEachAnchor(({ anchor, distances, positives, negatives }) => {
        for (const p of positives) visit.positive(distances[p]!, anchor, p);
        for (let j = 0; j < negatives.length; j++) {
          visit.negative(distances[negatives[j]!]!, anchor, negatives[j]!);
        }
      });
    pass({ positive: positive.range, negative: negative.range });
    pass({ positive: positive.count, negative: negative.count });
    positive.draw(random);
    negative.draw(random);
    const select = (drawn: ReturnType<typeof binnedDraw>, same: 0 | 1) => {
      return (distance: number, anchor: number, candidate: number) => {
        tally.consider();
        const times = drawn.timesDrawn(distance);
        if (times === 0) tally.skip('not drawn');
        for (let i = 0; i < times; i++) add(anchor, candidate, same);
      };
    };
    pass({ positive: select(positive, 1), negative: select(negative, 0) });
  },
});

/** Draws `size` items of every bin, with replacement, from a stream that passes three times. */
function binnedDraw(bins: number, size: number) {
  let [least, most] = [Infinity, -Infinity];
  let edges: Float32Array | undefined;
  const counts = new Float64Array(bins);
  const passed = new Float64Array(bins);
  const next = new Int32Array(bins);
  const draws: Float64Array[] = [];
  const binOf = (distance: number) => {
    edges ??= binEdges(least, most, bins);
    let bin = Math.min(bins - 1, Math.floor(((distance - least) / (most - least)) * bins) || 0);
    while (bin > 0 && distance < edges[bin]!) bin -= 1;
    while (bin < bins - 1 && distance >= edges[bin + 1]!) bin += 1;
    return bin;
  };
  return {
    range(distance: number) {
      least = Math.min(least, distance);
      most = Math.max(most, distance);
    },
    count(distance: number) {
      counts[binOf(distance)]! += 1;
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
    timesDrawn(distance: number) {
      const bin = binOf(distance);
      const position = passed[bin]!;
      passed[bin] = position + 1;
      let times = 0;
      while (draws[bin]![next[bin]!] === position) {
        next[bin]! += 1;
        times += 1;
      }
      return times;
    },
  };
}

/** `bins` + 1 evenly spaced edges in single precision, the last one exact. */
export function binEdges(least: number, most: number, bins: number): Float32Array {
  return Float32Array.from({ length: bins + 1 }, (_, i) =>
    i === bins ? most : least + ((most - least) * i) / bins,
  );
}
