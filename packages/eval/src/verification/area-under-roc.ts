import type { ThresholdCurve } from './threshold-curve.ts';

/**
 * Area under the ROC curve: the chance that a same pair is nearer than a different one, ties counted half.
 *
 * @returns 0 to 1; 0.5 is chance
 */
export function areaUnderRoc(curve: ThresholdCurve): number {
  const { acceptedSame, acceptedDifferent, sameCount, differentCount } = curve;
  let doubleArea = 0;
  for (let cut = 1; cut < acceptedSame.length; cut++) {
    const width = acceptedDifferent[cut]! - acceptedDifferent[cut - 1]!;
    doubleArea += width * (acceptedSame[cut]! + acceptedSame[cut - 1]!);
  }
  return doubleArea / (2 * sameCount * differentCount);
}
