import type { ThresholdCurve } from './threshold-curve.ts';

/**
 * The cut of highest score. Of several, the one in the widest gap between distances, where new pairs are
 * least likely to change sides; of equally wide gaps the nearest.
 *
 * @param score anything that is to be high
 */
export function bestCut({ nearest, farthest }: ThresholdCurve, score: (cut: number) => number): number {
  const groups = nearest.length;
  let best = { cut: 0, score: -Infinity, width: 0 };
  for (let cut = 0; cut <= groups; cut++) {
    const value = score(cut);
    if (value < best.score) continue;
    const width = cut === 0 || cut === groups ? 0 : nearest[cut]! - farthest[cut - 1]!;
    if (value > best.score || width > best.width) best = { cut, score: value, width };
  }
  return best.cut;
}
