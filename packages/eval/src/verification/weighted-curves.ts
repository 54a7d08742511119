import { thresholdCurve, type ScoredPairs, type ThresholdCurve } from './threshold-curve.ts';

/**
 * Makes a function that gives the curve of the same pairs under any weights, sorting them only once.
 *
 * @param where the public function named in errors
 * @returns a function of non-negative weights, [pairs], both classes of positive weight; its curve is reused
 */
export function weightedCurves(where: string, pairs: ScoredPairs): (weights: Float64Array) => ThresholdCurve {
  const { nearest } = thresholdCurve(pairs, where);
  const { distances, same } = pairs;
  const order = Uint32Array.from({ length: distances.length }, (_, pair) => pair).sort(
    (i, j) => distances[i]! - distances[j]!,
  );
  const truth = Uint8Array.from(order, (pair) => Number(same[pair]));
  const acceptedSame = new Float64Array(nearest.length + 1);
  const acceptedDifferent = new Float64Array(nearest.length + 1);
  return (weights) => {
    let group = 0;
    let sameCount = 0;
    let differentCount = 0;
    for (let i = 0; i < order.length; i++) {
      const pair = order[i]!;
      if (distances[pair]! > nearest[group]!) {
        group++;
        acceptedSame[group] = sameCount;
        acceptedDifferent[group] = differentCount;
      }
      if (truth[i] === 1) sameCount += weights[pair]!;
      else differentCount += weights[pair]!;
    }
    acceptedSame[group + 1] = sameCount;
    acceptedDifferent[group + 1] = differentCount;
    return { nearest, farthest: nearest, acceptedSame, acceptedDifferent, sameCount, differentCount };
  };
}
