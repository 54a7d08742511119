import { checkColumns } from './check-columns.ts';

/** A curve of rates over all thresholds. */
export interface RateCurve {
  readonly name: string;
  /** False accept rates in [0, 1], ascending, as `rocPoints` of @ft/eval gives them. */
  readonly far: readonly number[];
  /** True accept rates, of the same length. */
  readonly tar: readonly number[];
  /** Intervals of the true accept rate, as `rocBand` of @ft/eval gives them. */
  readonly band?: {
    readonly far: readonly number[];
    readonly low: readonly number[];
    readonly high: readonly number[];
  };
}

/** Refuses columns of different length. */
export function checkRateCurves(where: string, curves: readonly RateCurve[]): void {
  checkColumns(where, curves, 'far', 'tar');
  for (const { name, band } of curves) {
    if (band === undefined) continue;
    checkColumns(`${where}, band`, [{ name, ...band }], 'far', 'low');
    checkColumns(`${where}, band`, [{ name, ...band }], 'far', 'high');
  }
}
