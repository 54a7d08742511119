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
  const { nearest, farthest, acceptedSame, acceptedDifferent, sameCount, differentCount } = curve;
  const groups = nearest.length;
  let best = { cut: 0, correct: -1, width: 0 };
  for (let cut = 0; cut <= groups; cut++) {
    const correct = acceptedSame[cut]! + differentCount - acceptedDifferent[cut]!;
    if (correct < best.correct) continue;
    const width = cut === 0 || cut === groups ? 0 : nearest[cut]! - farthest[cut - 1]!;
    if (correct > best.correct || width > best.width) best = { cut, correct, width };
  }
  return {
    threshold: thresholdAtCut(curve, best.cut),
    accuracy: best.correct / (sameCount + differentCount),
  };
}
