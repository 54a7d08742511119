import { checkColumns } from './check-columns.ts';
import { diagonal } from './diagonal.ts';
import type { Chart, Line } from './draw-chart.ts';
import { logFloor } from './log-floor.ts';

/** ROC curves. */
export interface RocSection {
  readonly kind: 'roc';
  readonly heading: string;
  /** Rates in [0, 1], ascending, columns of equal length, as `rocPoints` of @ft/eval gives them. */
  readonly curves: readonly {
    readonly name: string;
    readonly far: readonly number[];
    readonly tar: readonly number[];
  }[];
  /** `'log'` spreads out the small false accept rates; `'linear'` by default, with the line of chance. */
  readonly scale?: 'linear' | 'log';
}

export function rocChart({ heading, curves, scale = 'linear' }: RocSection): Chart {
  checkColumns(`renderReport, ROC "${heading}"`, curves, 'far', 'tar');
  const x = { label: 'false accept rate', max: 1, scale };
  const y = { label: 'true accept rate', min: 0, max: 1 };
  if (scale === 'linear') {
    const lines: Line[] = curves.map(({ name, far, tar }) => ({ name, points: zip(far, tar) }));
    return { title: heading, x: { ...x, min: 0 }, y, lines: [...lines, diagonal('chance')] };
  }
  const floor = logFloor(curves.flatMap(({ far }) => far));
  return {
    title: heading,
    x: { ...x, min: floor },
    y,
    // A logarithmic axis has no zero: what is accepted there is drawn at its left end.
    lines: curves.map(({ name, far, tar }) => ({
      name,
      points: zip(
        far.map((rate) => Math.max(rate, floor)),
        tar,
      ),
    })),
  };
}

function zip(x: readonly number[], y: readonly number[]): [number, number][] {
  return x.map((value, i) => [value, y[i]!]);
}
