import type { Line } from './draw-chart.ts';
import { palette } from './palette.ts';

/** The straight line from (0, 0) to (1, 1), as something to compare a curve with. */
export function diagonal(name: string): Line {
  return {
    name,
    points: [
      [0, 0],
      [1, 1],
    ],
    dash: 'dotted',
    color: palette.grey.light,
  };
}
