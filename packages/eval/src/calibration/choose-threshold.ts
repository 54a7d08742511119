import { InvalidArgumentError } from '@ft/errors';
import { bestCut } from '../verification/best-cut.ts';
import { bestThreshold } from '../verification/best-threshold.ts';
import { equalErrorRate } from '../verification/equal-error-rate.ts';
import { tarAtFar } from '../verification/tar-at-far.ts';
import { thresholdAtCut, type ThresholdCurve } from '../verification/threshold-curve.ts';

/**
 * What a threshold is to achieve: highest accuracy, a false accept rate within a limit, equal error rates, or
 * the least expected cost, where a false accept and a false reject cost what is said and a share `prior` of
 * the pairs to come is same. Or, for naming one of many people, a false positive identification rate within a limit
 * in a gallery of so many: pairs cannot show that, so the threshold is the one that `fpirThreshold` gave.
 */
export type ThresholdPolicy =
  | { readonly kind: 'accuracy' }
  | { readonly kind: 'far'; readonly limit: number }
  | { readonly kind: 'eer' }
  | {
      readonly kind: 'fpir';
      readonly limit: number;
      readonly people: number;
      readonly threshold: number;
    }
  | {
      readonly kind: 'cost';
      readonly falseAccept: number;
      readonly falseReject: number;
      readonly prior: number;
    };

/** A threshold and its error rates on the pairs it was chosen on. */
export interface ChosenThreshold {
  /** A pair is called same where its distance is below this. */
  readonly threshold: number;
  /** Share of the different pairs accepted. */
  readonly far: number;
  /** Share of the same pairs rejected. */
  readonly frr: number;
}

/**
 * Chooses a threshold by policy. For its interval, measure `chooseThreshold(curve, policy).threshold` with
 * `bootstrapVerification`.
 *
 * @param curve of the pairs to choose on
 * @throws InvalidArgumentError where the policy's numbers are out of range
 */
export function chooseThreshold(curve: ThresholdCurve, policy: ThresholdPolicy): ChosenThreshold {
  const threshold = thresholdBy(curve, policy);
  // The groups that the threshold accepts.
  const found = curve.farthest.findIndex((distance) => distance >= threshold);
  const cut = found === -1 ? curve.farthest.length : found;
  return {
    threshold,
    far: curve.acceptedDifferent[cut]! / curve.differentCount,
    frr: 1 - curve.acceptedSame[cut]! / curve.sameCount,
  };
}

function thresholdBy(curve: ThresholdCurve, policy: ThresholdPolicy): number {
  switch (policy.kind) {
    case 'accuracy':
      return bestThreshold(curve).threshold;
    case 'far':
      return tarAtFar(curve, policy.limit).threshold;
    case 'eer':
      return equalErrorRate(curve).threshold;
    case 'fpir':
      if (Number.isFinite(policy.threshold)) return policy.threshold;
      throw new InvalidArgumentError({
        where: 'chooseThreshold',
        argument: 'policy.threshold',
        expected: 'a finite number',
        got: policy.threshold,
      });
    case 'cost':
      return cheapest(curve, policy);
    default:
      throw new InvalidArgumentError({
        where: 'chooseThreshold',
        argument: 'policy.kind',
        expected: "'accuracy', 'far', 'eer', 'fpir' or 'cost'",
        got: (policy as ThresholdPolicy).kind,
      });
  }
}

function cheapest(curve: ThresholdCurve, policy: Extract<ThresholdPolicy, { kind: 'cost' }>): number {
  const { falseAccept, falseReject, prior } = policy;
  for (const [argument, value] of Object.entries({ falseAccept, falseReject })) {
    if (value > 0 && Number.isFinite(value)) continue;
    throw new InvalidArgumentError({
      where: 'chooseThreshold',
      argument: `policy.${argument}`,
      expected: 'a finite number above 0',
      got: value,
    });
  }
  if (!(prior > 0 && prior < 1)) {
    throw new InvalidArgumentError({
      where: 'chooseThreshold',
      argument: 'policy.prior',
      expected: 'in (0, 1)',
      got: prior,
    });
  }
  const { acceptedSame, acceptedDifferent, sameCount, differentCount } = curve;
  const cut = bestCut(
    curve,
    (at) =>
      (prior * falseReject * acceptedSame[at]!) / sameCount -
      ((1 - prior) * falseAccept * acceptedDifferent[at]!) / differentCount,
  );
  return thresholdAtCut(curve, cut);
}
