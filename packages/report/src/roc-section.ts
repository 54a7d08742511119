import { diagonal } from './diagonal.ts';
import type { Chart, Line } from './draw-chart.ts';
import { logFloor } from './log-floor.ts';
import { checkRateCurves, type RateCurve } from './rate-curves.ts';

/** ROC curves. */
export interface RocSection {
  readonly kind: 'roc';
  readonly heading: string;
  readonly curves: readonly RateCurve[];
  /** `'log'` spreads out the small false accept rates; `'linear'` by default, with the line of chance. */
  readonly scale?: 'linear' | 'log';
}

export function rocChart({ heading, curves, scale = 'linear' }: RocSection): Chart {
  checkRateCurves(`renderReport, ROC "${heading}"`, curves);
  const x = { label: 'false accept rate', max: 1, scale };
  const y = { label: 'true accept rate', min: 0, max: 1 };
  if (scale === 'linear') {
    const lines: Line[] = curves.map(({ name, far, tar, band }) => ({
      name,
      points: zip(far, tar),
      ...shade(band, 0),
    }));
    return { title: heading, x: { ...x, min: 0 }, y, lines: [...lines, diagonal('chance')] };
  }
  const floor = logFloor(curves.flatMap(({ far }) => far));
  return {
    title: heading,
    x: { ...x, min: floor },
    y,
    // A logarithmic axis has no zero: what is accepted there is drawn at its left end.
    lines: curves.map(({ name, far, tar, band }) => ({
      name,
      ...shade(band, floor),
      points: zip(
        far.map((rate) => Math.max(rate, floor)),
        tar,
      ),
    })),
  };
}

/** The part of a band that the axis shows. */
function shade(band: RateCurve['band'], floor: number): Pick<Line, 'band'> {
  if (band === undefined) return {};
  const shown = band.far.flatMap((rate, i) => (rate >= floor ? [i] : []));
  return {
    band: {
      x: shown.map((i) => band.far[i]!),
      low: shown.map((i) => band.low[i]!),
      high: shown.map((i) => band.high[i]!),
    },
  };
}

function zip(x: readonly number[], y: readonly number[]): [number, number][] {
  return x.map((value, i) => [value, y[i]!]);
}
