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
  const groups = nearest.length;
  // Where each group begins in that order, and where the last one ends.
  const starts = new Uint32Array(groups + 1).fill(order.length);
  for (let i = order.length - 1, group = groups - 1; i >= 0; i--) {
    if (distances[order[i]!]! < nearest[group]!) group--;
    starts[group] = i;
  }
  const acceptedSame = new Float64Array(groups + 1);
  const acceptedDifferent = new Float64Array(groups + 1);
  return (weights) => {
    let sameCount = 0;
    let differentCount = 0;
    for (let group = 0; group < groups; group++) {
      const end = starts[group + 1]!;
      for (let i = starts[group]!; i < end; i++) {
        const weight = weights[order[i]!]!;
        if (truth[i] === 1) sameCount += weight;
        else differentCount += weight;
      }
      acceptedSame[group + 1] = sameCount;
      acceptedDifferent[group + 1] = differentCount;
    }
    return { nearest, farthest: nearest, acceptedSame, acceptedDifferent, sameCount, differentCount };
  };
}
