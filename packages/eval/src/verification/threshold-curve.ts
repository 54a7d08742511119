import { InvalidArgumentError } from '@ft/errors';

/** Pairs with their distances: smaller is nearer. */
export interface ScoredPairs {
  /** Distance of each pair, finite, [pairs]. Of similarities, give the negatives. */
  readonly distances: ArrayLike<number>;
  /** Is the pair of one identity? 1 or true where so, 0 or false where not, [pairs]. */
  readonly same: ArrayLike<number | boolean>;
}

/**
 * What every threshold accepts: the cumulative counts that accuracy, ROC and rates are read from.
 *
 * Pairs that no useful threshold separates form one group: those of equal distance and, where a curve was
 * made compact, runs of different pairs with no same pair between them, which leave every measure unchanged.
 * Cut k, from 0 to the number of groups, accepts the k nearest groups as same.
 */
export interface ThresholdCurve {
  /** Smallest distance in each group, ascending, [groups]. */
  readonly nearest: Float64Array;
  /** Largest distance in each group, [groups]; the same array as `nearest` where the curve is not compact. */
  readonly farthest: Float64Array;
  /** Same pairs that cut k accepts, [groups + 1], from 0 to `sameCount`. */
  readonly acceptedSame: Float64Array;
  /** Different pairs that cut k accepts, [groups + 1], from 0 to `differentCount`. */
  readonly acceptedDifferent: Float64Array;
  readonly sameCount: number;
  readonly differentCount: number;
}

/**
 * Counts what every possible threshold accepts, exactly, ties included.
 *
 * @param pairs distances and truth of the pairs
 * @param where the public function named in errors
 * @throws InvalidArgumentError where lengths differ, a distance is not finite, or one of the two classes is absent
 */
export function thresholdCurve(pairs: ScoredPairs, where = 'thresholdCurve'): ThresholdCurve {
  const { distances, same } = pairs;
  if (same.length !== distances.length) {
    throw new InvalidArgumentError({
      where,
      argument: 'same',
      expected: `of the length of distances, ${distances.length}`,
      got: same,
    });
  }
  const byTruth: [number[], number[]] = [[], []];
  for (let pair = 0; pair < distances.length; pair++) {
    const distance = distances[pair]!;
    if (!Number.isFinite(distance)) {
      throw new InvalidArgumentError({
        where,
        argument: 'distances',
        expected: 'finite',
        got: `${distance} at pair ${pair}`,
        remedy: 'A network whose training diverged gives such distances.',
      });
    }
    const truth = same[pair]!;
    if (truth !== 0 && truth !== 1 && typeof truth !== 'boolean') {
      throw new InvalidArgumentError({
        where,
        argument: 'same',
        expected: '0, 1, false or true for every pair',
        got: `${String(truth)} at pair ${pair}`,
      });
    }
    byTruth[Number(truth) as 0 | 1].push(distance);
  }
  for (const [truth, name] of ['different', 'same'].entries()) {
    if (byTruth[truth]!.length > 0) continue;
    throw new InvalidArgumentError({
      where,
      argument: 'same',
      expected: `true for some pairs and false for others`,
      got: `no ${name} pair among ${distances.length}`,
    });
  }
  return mergeSorted(Float64Array.from(byTruth[1]).sort(), Float64Array.from(byTruth[0]).sort());
}

function mergeSorted(same: Float64Array, different: Float64Array): ThresholdCurve {
  const size = same.length + different.length;
  const distances = new Float64Array(size);
  const acceptedSame = new Float64Array(size + 1);
  const acceptedDifferent = new Float64Array(size + 1);
  let groups = 0;
  let s = 0;
  let d = 0;
  while (s < same.length || d < different.length) {
    const distance = Math.min(same[s] ?? Infinity, different[d] ?? Infinity);
    while (s < same.length && same[s] === distance) s++;
    while (d < different.length && different[d] === distance) d++;
    distances[groups] = distance;
    groups++;
    acceptedSame[groups] = s;
    acceptedDifferent[groups] = d;
  }
  const distinct = distances.slice(0, groups);
  return {
    nearest: distinct,
    farthest: distinct,
    acceptedSame: acceptedSame.slice(0, groups + 1),
    acceptedDifferent: acceptedDifferent.slice(0, groups + 1),
    sameCount: same.length,
    differentCount: different.length,
  };
}

/**
 * The threshold t for which `distance < t` holds for exactly the groups that a cut accepts: the middle of the
 * gap, or just beyond the last distance where the cut accepts everything.
 *
 * @param cut 0 to the number of groups
 */
export function thresholdAtCut({ nearest, farthest }: ThresholdCurve, cut: number): number {
  const below = farthest[cut - 1];
  const above = nearest[cut];
  if (below === undefined) return above!;
  if (above === undefined) return justAbove(below);
  const middle = below + (above - below) / 2;
  // Between neighbouring numbers there is no middle; the upper one still separates them.
  return middle > below ? middle : above;
}

/** A number above another, at most a few steps of precision away. */
export function justAbove(value: number): number {
  return value + Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE);
}
