import { thresholdAtCut, type ThresholdCurve } from './threshold-curve.ts';

/** Where as large a share of the different pairs is accepted as of the same pairs is rejected. */
export interface EqualErrorRate {
  /** The common rate, 0 to 1, on the straight line between the two nearest points of the ROC curve. */
  readonly rate: number;
  /** The threshold of the nearer one of those two points. */
  readonly threshold: number;
}

/** The equal error rate. */
export function equalErrorRate(curve: ThresholdCurve): EqualErrorRate {
  const { acceptedSame, acceptedDifferent, sameCount, differentCount } = curve;
  const far = (cut: number) => acceptedDifferent[cut]! / differentCount;
  // False accepts minus false rejects: rises strictly from -1 to 1.
  const excess = (cut: number) => far(cut) - (1 - acceptedSame[cut]! / sameCount);
  let cut = 1;
  while (excess(cut) < 0) cut++;
  const before = excess(cut - 1);
  const after = excess(cut);
  const share = -before / (after - before);
  return {
    rate: far(cut - 1) + share * (far(cut) - far(cut - 1)),
    threshold: thresholdAtCut(curve, share < 0.5 ? cut - 1 : cut),
  };
}
