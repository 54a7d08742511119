/**
 * Where a logarithmic axis of rates begins: the power of ten at or below the smallest rate above 0, at most 0.1. Rates
 * below 1e-12 are rounding errors of 0.
 */
export function logFloor(rates: readonly number[]): number {
  const least = rates.reduce((found, rate) => (rate > 1e-12 ? Math.min(found, rate) : found), 0.1);
  return 10 ** Math.floor(Math.log10(least));
}
