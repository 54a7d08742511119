import { thresholdAtCut, type ThresholdCurve } from './threshold-curve.ts';

/** Points of a ROC curve, from (0, 0) to (1, 1), as three columns of equal length. */
export interface RocPoints {
  /** False accept rate, ascending. */
  readonly far: number[];
  /** True accept rate, ascending. */
  readonly tar: number[];
  /** The threshold that gives the two rates. */
  readonly threshold: number[];
}

/**
 * The ROC curve, thinned for drawing: a point is kept where either rate has moved by 1/128 since the last
 * one kept, or an error rate by a tenth of itself, so that the curve stays true on logarithmic axes too, as
 * a DET curve has. At most a few hundred points, each of them exact.
 */
export function rocPoints(curve: ThresholdCurve): RocPoints {
  const { acceptedSame, acceptedDifferent, sameCount, differentCount } = curve;
  const points: RocPoints = { far: [], tar: [], threshold: [] };
  const last = acceptedSame.length - 1;
  for (let cut = 0; cut <= last; cut++) {
    const far = acceptedDifferent[cut]! / differentCount;
    const tar = acceptedSame[cut]! / sameCount;
    const lastFar = points.far.at(-1) ?? -1;
    const lastTar = points.tar.at(-1) ?? -1;
    const moved = far - lastFar >= 1 / 128 || tar - lastTar >= 1 / 128;
    const movedInLog = far > 1.1 * lastFar || 1 - tar < (1 - lastTar) / 1.1;
    if (!moved && !movedInLog && cut !== last) continue;
    points.far.push(far);
    points.tar.push(tar);
    points.threshold.push(thresholdAtCut(curve, cut));
  }
  return points;
}
