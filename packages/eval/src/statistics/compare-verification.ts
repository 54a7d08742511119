import { weightedCurves } from '../verification/weighted-curves.ts';
import { coveredLevel } from './expanded-level.ts';
import {
  identityBootstrap,
  type BootstrapOptions,
  type CurveStatistic,
  type IdentifiedPairs,
} from './identity-bootstrap.ts';
import type { Interval } from './wilson-interval.ts';

/** Two systems on the same pairs. */
export interface Comparison {
  readonly first: number;
  readonly second: number;
  /** `second - first`. */
  readonly difference: number;
  /** Percentile interval of the difference. */
  readonly interval: Interval;
  /**
   * Two-sided: how often a resample puts the difference on the other side of 0, widened as the interval is, so that
   * it is one less the level of the interval that just reaches 0.
   */
  readonly pValue: number;
}

/**
 * Compares two systems on the same pairs by a paired bootstrap over identities: both are measured on every
 * resample, so what makes a resample hard for both cancels out.
 *
 * @param pairs distances of the first system, truth and identities
 * @param second distances of the second system, of the same pairs, [pairs]
 * @param statistic what to measure
 * @throws InvalidArgumentError where lengths differ, truth and identities disagree, or one class is absent
 */
export function compareVerification(
  pairs: IdentifiedPairs,
  second: ArrayLike<number>,
  statistic: CurveStatistic,
  options: BootstrapOptions,
): Comparison {
  const where = 'compareVerification';
  const curveOfFirst = weightedCurves(where, pairs);
  const curveOfSecond = weightedCurves(`${where}, second`, { distances: second, same: pairs.same });
  const first = statistic(curveOfFirst(new Float64Array(second.length).fill(1)));
  const [measured] = identityBootstrap(where, pairs, options, (weights) => [
    statistic(curveOfSecond(weights)) - statistic(curveOfFirst(weights)),
  ]);
  const { estimate, interval, replicates, freedom, people } = measured!;
  const notAbove = replicates.filter((difference) => difference <= 0).length;
  const notBelow = replicates.filter((difference) => difference >= 0).length;
  return {
    first,
    second: first + estimate,
    difference: estimate,
    interval,
    pValue:
      1 -
      coveredLevel(1 - (2 * (Math.min(notAbove, notBelow) + 1)) / (replicates.length + 1), people, freedom),
  };
}
