import { checkColumns } from './check-columns.ts';
import type { Chart } from './draw-chart.ts';
import { logFloor } from './log-floor.ts';

/** Detection error trade-off: false rejects over false accepts, both on logarithmic axes. */
export interface DetSection {
  readonly kind: 'det';
  readonly heading: string;
  /** Rates in [0, 1], columns of equal length, as `rocPoints` of @ft/eval gives them. */
  readonly curves: readonly {
    readonly name: string;
    readonly far: readonly number[];
    readonly tar: readonly number[];
  }[];
}

export function detChart({ heading, curves }: DetSection): Chart {
  checkColumns(`renderReport, DET "${heading}"`, curves, 'far', 'tar');
  const frr = curves.map(({ tar }) => tar.map((rate) => 1 - rate));
  const left = logFloor(curves.flatMap(({ far }) => far));
  const bottom = logFloor(frr.flat());
  return {
    title: heading,
    x: { label: 'false accept rate', scale: 'log', min: left, max: 1 },
    y: { label: 'false reject rate', scale: 'log', min: bottom, max: 1 },
    // Logarithmic axes have no zero: points there lie outside, and the curve runs out of the picture.
    lines: curves.map(({ name, far }, i) => ({
      name,
      points: far
        .map((rate, k): [number, number] => [rate, frr[i]![k]!])
        .filter(([x, y]) => x >= left && y >= bottom),
    })),
  };
}
