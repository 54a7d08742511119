import { weightedCurves } from '../verification/weighted-curves.ts';
import {
  identityBootstrap,
  type Bootstrapped,
  type BootstrapOptions,
  type CurveStatistic,
  type IdentifiedPairs,
} from './identity-bootstrap.ts';

/**
 * The uncertainty of any measure of verification, by a bootstrap over identities.
 *
 * The interval tells how the measure would vary with other people from the same population. A threshold in
 * the measure varies too, where the measure chooses one.
 *
 * @param pairs distances, truth, and the two identities of each pair
 * @param statistic what to measure
 * @throws InvalidArgumentError where lengths differ, truth and identities disagree, or one class is absent
 */
export function bootstrapVerification(
  pairs: IdentifiedPairs,
  statistic: CurveStatistic,
  options: BootstrapOptions,
): Bootstrapped {
  const where = 'bootstrapVerification';
  const curveOf = weightedCurves(where, pairs);
  const [measured] = identityBootstrap(where, pairs, options, (weights) => [statistic(curveOf(weights))]);
  const { estimate, standardError, interval } = measured!;
  return { estimate, standardError, interval };
}
