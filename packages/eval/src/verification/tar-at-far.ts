import { InvalidArgumentError } from '@ft/errors';
import { thresholdAtCut, type ThresholdCurve } from './threshold-curve.ts';

/** True accept rate at a limit on the false accept rate. */
export interface TarAtFar {
  /** The limit that was asked for. */
  readonly far: number;
  /** Share of the same pairs accepted, 0 to 1. */
  readonly tar: number;
  /** Share of the different pairs that this threshold really accepts, at most `far`. */
  readonly achievedFar: number;
  readonly threshold: number;
  /** Are there at least 1 / far different pairs? If not, `tar` rests on accepting none of them. */
  readonly resolved: boolean;
}

/**
 * The true accept rate of the loosest threshold whose false accept rate is within the limit. Nothing is
 * interpolated: the threshold that is returned has the rates that are returned.
 *
 * @param far limit on the share of different pairs accepted, 0 to 1
 * @throws InvalidArgumentError where `far` is outside 0 to 1
 */
export function tarAtFar(curve: ThresholdCurve, far: number): TarAtFar {
  if (!(far >= 0 && far <= 1)) {
    throw new InvalidArgumentError({ where: 'tarAtFar', argument: 'far', expected: 'in [0, 1]', got: far });
  }
  const { acceptedSame, acceptedDifferent, sameCount, differentCount } = curve;
  // The last cut within the limit, by bisection.
  let low = 0;
  let high = acceptedDifferent.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (acceptedDifferent[middle]! / differentCount <= far) low = middle;
    else high = middle - 1;
  }
  return {
    far,
    tar: acceptedSame[low]! / sameCount,
    achievedFar: acceptedDifferent[low]! / differentCount,
    threshold: thresholdAtCut(curve, low),
    resolved: differentCount * far >= 1,
  };
}
