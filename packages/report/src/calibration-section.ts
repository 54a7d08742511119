import { diagonal } from './diagonal.ts';
import type { Chart } from './draw-chart.ts';

/** Reliability diagram: how often what was called probable came true. */
export interface CalibrationSection {
  readonly kind: 'calibration';
  readonly heading: string;
  /** Bins as `evaluateCalibration` of @ft/eval gives them. */
  readonly curves: readonly {
    readonly name: string;
    readonly bins: readonly { readonly meanProbability: number; readonly sameShare: number }[];
  }[];
}

export function calibrationChart({ heading, curves }: CalibrationSection): Chart {
  return {
    title: heading,
    x: { label: 'probability given', min: 0, max: 1 },
    y: { label: 'share of same pairs', min: 0, max: 1 },
    lines: [
      ...curves.map(({ name, bins }) => ({
        name,
        points: bins.map(({ meanProbability, sameShare }) => [meanProbability, sameShare] as const),
        markers: true,
      })),
      diagonal('perfect'),
    ],
  };
}
