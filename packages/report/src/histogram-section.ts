import { InvalidArgumentError } from '@ft/errors';
import type { Chart, Line } from './draw-chart.ts';
import { palette } from './palette.ts';

/** Distances of same and of different pairs, as two histograms over each other. */
export interface HistogramSection {
  readonly kind: 'histogram';
  readonly heading: string;
  /** Distances of the same pairs, finite, at least one. */
  readonly same: ArrayLike<number>;
  /** Distances of the different pairs, finite, at least one. */
  readonly different: ArrayLike<number>;
  /** Drawn as a line; pairs to its left are accepted. */
  readonly threshold?: number;
  /** Name of the horizontal axis; `'distance'` by default. */
  readonly label?: string;
}

const bins = 40;

export function histogramChart(section: HistogramSection): Chart {
  const { heading, same, different, threshold, label = 'distance' } = section;
  let low = Infinity;
  let high = -Infinity;
  for (const [argument, values] of Object.entries({ same, different })) {
    for (let i = 0; i < values.length; i++) {
      low = Math.min(low, values[i]!);
      high = Math.max(high, values[i]!);
    }
    if (values.length > 0 && Number.isFinite(low) && Number.isFinite(high)) continue;
    throw new InvalidArgumentError({
      where: `renderReport, histogram "${heading}"`,
      argument,
      expected: 'at least one distance, all finite',
      got: values,
    });
  }
  // Equal distances still need a bin of some width.
  const width = (high - low || 1) / bins;
  const shares = (values: ArrayLike<number>) => {
    const counts = new Array<number>(bins).fill(0);
    for (let i = 0; i < values.length; i++) {
      counts[Math.min(bins - 1, Math.floor((values[i]! - low) / width))]! += 1;
    }
    return counts.map((count) => (100 * count) / values.length);
  };
  const staircase = (heights: number[]) =>
    [0, ...heights, 0].map((y, i): [number, number] => [low + Math.max(0, i - 1) * width, y]);

  const [sameShares, differentShares] = [shares(same), shares(different)];
  const lines: Line[] = [
    { name: 'same', points: staircase(sameShares), shape: 'steps', dash: 'solid' },
    { name: 'different', points: staircase(differentShares), shape: 'steps', dash: 'dashed' },
  ];
  if (threshold !== undefined) {
    lines.push({
      name: `threshold ${Number(threshold.toPrecision(4))}`,
      points: [
        [threshold, 0],
        [threshold, Math.max(...sameShares, ...differentShares)],
      ],
      dash: 'dotted',
      color: palette.ink.light,
    });
  }
  const x = {
    label,
    // Distances start at 0; any other smallest value would make a ragged first tick.
    min: Math.min(low >= 0 ? 0 : low, threshold ?? low),
    max: Math.max(low + bins * width, threshold ?? low),
  };
  return { title: heading, x, y: { label: '% of pairs', min: 0 }, lines };
}
