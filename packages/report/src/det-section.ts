import type { Chart, Line } from './draw-chart.ts';
import { logFloor } from './log-floor.ts';
import { checkRateCurves, type RateCurve } from './rate-curves.ts';

/** Detection error trade-off: false rejects over false accepts, both on logarithmic axes. */
export interface DetSection {
  readonly kind: 'det';
  readonly heading: string;
  readonly curves: readonly RateCurve[];
}

export function detChart({ heading, curves }: DetSection): Chart {
  checkRateCurves(`renderReport, DET "${heading}"`, curves);
  const frr = curves.map(({ tar }) => tar.map((rate) => 1 - rate));
  const left = logFloor(curves.flatMap(({ far }) => far));
  const bottom = logFloor(frr.flat());
  return {
    title: heading,
    x: { label: 'false accept rate', scale: 'log', min: left, max: 1 },
    y: { label: 'false reject rate', scale: 'log', min: bottom, max: 1 },
    // Logarithmic axes have no zero: points there lie outside, and the curve runs out of the picture.
    lines: curves.map(({ name, far, band }, i) => ({
      name,
      points: far
        .map((rate, k): [number, number] => [rate, frr[i]![k]!])
        .filter(([x, y]) => x >= left && y >= bottom),
      ...shade(band, left, bottom),
    })),
  };
}

/** The part of a band that the axes show, of false rejects. */
function shade(band: RateCurve['band'], left: number, bottom: number): Pick<Line, 'band'> {
  if (band === undefined) return {};
  const shown = band.far.flatMap((rate, i) => (rate >= left && 1 - band.low[i]! > bottom ? [i] : []));
  return {
    band: {
      x: shown.map((i) => band.far[i]!),
      low: shown.map((i) => Math.max(bottom, 1 - band.high[i]!)),
      high: shown.map((i) => 1 - band.low[i]!),
    },
  };
}
