import type { Axis, Chart } from './draw-chart.ts';

/** A line chart: loss, active triplets or validation accuracy over steps. */
export interface LinesSection {
  readonly kind: 'lines';
  readonly heading: string;
  readonly x: Axis;
  readonly y: Axis;
  /** Points in ascending order of x. A value that is not finite leaves a gap. */
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [x: number, y: number])[];
  }[];
}

export function linesChart({ heading, x, y, series }: LinesSection): Chart {
  const lines = series.map(({ name, points }) => ({ name, points, markers: points.length <= 30 }));
  return { title: heading, x, y, lines };
}
