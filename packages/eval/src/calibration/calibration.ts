import { InvalidArgumentError } from '@ft/errors';

/**
 * A map from distance to the probability that a pair is same, as plain JSON. `sameShare` is the share of same
 * pairs among those it was fitted on: the prior that its probabilities hold for.
 */
export type Calibration =
  | {
      readonly method: 'platt';
      readonly sameShare: number;
      /** p = 1 / (1 + exp(-(intercept + slope d))) */
      readonly slope: number;
      readonly intercept: number;
    }
  | {
      readonly method: 'temperature';
      readonly sameShare: number;
      /** p = 1 / (1 + exp(-(threshold - d) / temperature)) */
      readonly threshold: number;
      readonly temperature: number;
    }
  | {
      readonly method: 'isotonic';
      readonly sameShare: number;
      /** Ascending; probabilities between two of them are interpolated, beyond the ends they stay. */
      readonly distances: readonly number[];
      /** Descending, in [0, 1]. */
      readonly probabilities: readonly number[];
    };

/**
 * The probability that a pair at a distance is same.
 *
 * @param distance finite
 * @param prior share of same pairs where the probability is used, in (0, 1); that of the fit by default
 * @returns 0 to 1
 * @throws InvalidArgumentError where an argument is not such
 */
export function calibratedProbability(calibration: Calibration, distance: number, prior?: number): number {
  const where = 'calibratedProbability';
  if (!Number.isFinite(distance)) {
    throw new InvalidArgumentError({ where, argument: 'distance', expected: 'finite', got: distance });
  }
  if (prior === undefined) return probabilityAt(calibration, distance);
  if (!(prior > 0 && prior < 1)) {
    throw new InvalidArgumentError({ where, argument: 'prior', expected: 'in (0, 1)', got: prior });
  }
  // Bayes: the odds change by the ratio of the prior odds.
  const { sameShare } = calibration;
  const probability = probabilityAt(calibration, distance);
  const same = (probability * prior) / sameShare;
  const different = ((1 - probability) * (1 - prior)) / (1 - sameShare);
  return same / (same + different);
}

function probabilityAt(calibration: Calibration, distance: number): number {
  switch (calibration.method) {
    case 'platt':
      return sigmoid(calibration.intercept + calibration.slope * distance);
    case 'temperature':
      return sigmoid((calibration.threshold - distance) / calibration.temperature);
    case 'isotonic':
      return interpolate(calibration.distances, calibration.probabilities, distance);
  }
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function interpolate(x: readonly number[], y: readonly number[], at: number): number {
  if (at <= x[0]!) return y[0]!;
  if (at >= x.at(-1)!) return y.at(-1)!;
  // The first one not below, by bisection.
  let below = 0;
  let above = x.length - 1;
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (x[middle]! < at) below = middle;
    else above = middle;
  }
  const share = (at - x[above - 1]!) / (x[above]! - x[above - 1]!);
  return y[above - 1]! + share * (y[above]! - y[above - 1]!);
}
