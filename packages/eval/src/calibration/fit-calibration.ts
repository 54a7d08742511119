import { InvalidArgumentError } from '@ft/errors';
import { bestThreshold } from '../verification/best-threshold.ts';
import { thresholdCurve, type ScoredPairs, type ThresholdCurve } from '../verification/threshold-curve.ts';
import type { Calibration } from './calibration.ts';
import { fitLogistic } from './fit-logistic.ts';

/** Names of the ways to calibrate. */
export type CalibrationMethod = Calibration['method'];

const where = 'fitCalibration';

/**
 * Fits a map from distance to the probability of a same pair, on pairs that the network was not trained on.
 *
 * `'platt'` fits a logistic curve of two parameters and is right for few pairs; `'temperature'` keeps the
 * decision at a threshold where the probability is one half and fits the steepness alone; `'isotonic'` fits
 * any falling curve and wants a thousand pairs or more.
 *
 * @param pairs both classes present
 * @param threshold for `'temperature'`; that of highest accuracy on the pairs by default
 * @throws InvalidArgumentError where the pairs are not such, or where smaller distances do not go with same pairs
 * @see Platt, "Probabilistic outputs for support vector machines" (1999); Zadrozny and Elkan, "Transforming
 *   classifier scores into accurate multiclass probability estimates", KDD 2002; Guo et al., "On calibration
 *   of modern neural networks", ICML 2017
 */
export function fitCalibration(
  pairs: ScoredPairs,
  method: CalibrationMethod,
  threshold?: number,
): Calibration {
  const curve = thresholdCurve(pairs, where);
  const sameShare = curve.sameCount / (curve.sameCount + curve.differentCount);
  switch (method) {
    case 'platt': {
      const { slope, intercept } = fitLogistic(curve);
      return { method, sameShare, slope, intercept };
    }
    case 'temperature': {
      const middle = threshold ?? bestThreshold(curve).threshold;
      const { slope } = fitLogistic(curve, middle);
      if (slope >= 0) {
        throw new InvalidArgumentError({
          where,
          argument: 'distances',
          expected: 'smaller for same pairs than for different ones',
          got: `a best slope of ${slope}`,
          remedy: 'Give the negatives of similarities.',
        });
      }
      return { method, sameShare, threshold: middle, temperature: -1 / slope };
    }
    case 'isotonic':
      return { method, sameShare, ...fallingShares(curve) };
    default:
      throw new InvalidArgumentError({
        where,
        argument: 'method',
        expected: "'platt', 'temperature' or 'isotonic'",
        got: method,
      });
  }
}

/** The falling step function nearest to the truth in least squares, by pooling neighbours that rise. */
function fallingShares(curve: ThresholdCurve): { distances: number[]; probabilities: number[] } {
  const { nearest, acceptedSame, acceptedDifferent } = curve;
  const blocks: { first: number; last: number; same: number; size: number }[] = [];
  for (let group = 0; group < nearest.length; group++) {
    const same = acceptedSame[group + 1]! - acceptedSame[group]!;
    const different = acceptedDifferent[group + 1]! - acceptedDifferent[group]!;
    let block = { first: nearest[group]!, last: nearest[group]!, same, size: same + different };
    let before = blocks.at(-1);
    while (before !== undefined && before.same * block.size <= block.same * before.size) {
      blocks.pop();
      block = {
        first: before.first,
        last: block.last,
        same: before.same + block.same,
        size: before.size + block.size,
      };
      before = blocks.at(-1);
    }
    blocks.push(block);
  }
  const distances: number[] = [];
  const probabilities: number[] = [];
  for (const { first, last, same, size } of blocks) {
    for (const distance of first === last ? [first] : [first, last]) {
      distances.push(distance);
      probabilities.push(same / size);
    }
  }
  return { distances, probabilities };
}
