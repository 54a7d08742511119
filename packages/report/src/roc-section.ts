import { InvalidArgumentError } from '@ft/errors';
import { palette } from './palette.ts';
import type { Chart, Line } from './draw-chart.ts';

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
  for (const { name, far, tar } of curves) {
    if (far.length === tar.length) continue;
    throw new InvalidArgumentError({
      where: `renderReport, ROC "${heading}"`,
      argument: `tar of "${name}"`,
      expected: `of the length of far, ${far.length}`,
      got: tar,
    });
  }
  const x = { label: 'false accept rate', max: 1, scale };
  const y = { label: 'true accept rate', min: 0, max: 1 };
  if (scale === 'linear') {
    const lines: Line[] = curves.map(({ name, far, tar }) => ({ name, points: zip(far, tar) }));
    const chance: Line = {
      name: 'chance',
      points: [
        [0, 0],
        [1, 1],
      ],
      dash: 'dotted',
      color: palette.grey.light,
    };
    return { title: heading, x: { ...x, min: 0 }, y, lines: [...lines, chance] };
  }
  const smallest = Math.min(1, ...curves.flatMap(({ far }) => far.filter((rate) => rate > 0)));
  const floor = 10 ** Math.floor(Math.log10(smallest));
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
