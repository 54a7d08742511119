import { bestCut } from './best-cut.ts';
import { thresholdAtCut, type ThresholdCurve } from './threshold-curve.ts';

/** A threshold and how well it does on the pairs that it was chosen on. */
export interface BestThreshold {
  /** A pair is called same where its distance is below this. */
  readonly threshold: number;
  /** Share of right calls on these same pairs, in [0, 1]: optimistic for any other pairs. */
  readonly accuracy: number;
}

/**
 * The threshold of highest accuracy: the middle of the gap between distances where accuracy is highest. Of
 * several such gaps the widest is taken, of equally wide ones the lowest.
 */
export function bestThreshold(curve: ThresholdCurve): BestThreshold {
  const { acceptedSame, acceptedDifferent, sameCount, differentCount } = curve;
  const correct = (cut: number) => acceptedSame[cut]! + differentCount - acceptedDifferent[cut]!;
  const cut = bestCut(curve, correct);
  return { threshold: thresholdAtCut(curve, cut), accuracy: correct(cut) / (sameCount + differentCount) };
}
