import { InvalidArgumentError } from '@ft/errors';
import { thresholdCurve, type ScoredPairs } from './threshold-curve.ts';

/** A pair that was judged wrong. */
export interface PairError {
  /** Index of the pair. */
  readonly pair: number;
  readonly distance: number;
  /** The threshold it was judged by. */
  readonly threshold: number;
}

/** The pairs that were judged most wrong, the worst first. */
export interface WorstErrors {
  /** Different pairs taken for same, the nearest first. */
  readonly falseAccepts: readonly PairError[];
  /** Same pairs taken for different, the farthest first. */
  readonly falseRejects: readonly PairError[];
}

/**
 * Finds the pairs that a threshold judges most wrong, to be looked at: labels that are wrong and faces that
 * were cropped badly come first.
 *
 * @param pairs distances and truth
 * @param threshold one for all pairs, or one for each, [pairs], such as that of its fold
 * @param count most of either kind, >= 1
 * @throws InvalidArgumentError where lengths differ or a number is not finite
 */
export function worstErrors(
  pairs: ScoredPairs,
  threshold: number | ArrayLike<number>,
  count: number,
): WorstErrors {
  const where = 'worstErrors';
  thresholdCurve(pairs, where);
  if (!Number.isInteger(count) || count < 1) {
    throw new InvalidArgumentError({ where, argument: 'count', expected: 'an integer from 1', got: count });
  }
  const { distances, same } = pairs;
  const at = (pair: number) => (typeof threshold === 'number' ? threshold : threshold[pair]!);
  const falseAccepts: PairError[] = [];
  const falseRejects: PairError[] = [];
  for (let pair = 0; pair < distances.length; pair++) {
    if (!Number.isFinite(at(pair))) {
      throw new InvalidArgumentError({
        where,
        argument: 'threshold',
        expected: 'a finite number, or one for each pair',
        got: threshold,
      });
    }
    const distance = distances[pair]!;
    const accepted = distance < at(pair);
    if (accepted === Boolean(same[pair])) continue;
    (accepted ? falseAccepts : falseRejects).push({ pair, distance, threshold: at(pair) });
  }
  // How far beyond its own threshold, since thresholds may differ.
  const excess = (error: PairError) => Math.abs(error.distance - error.threshold);
  const worstFirst = (a: PairError, b: PairError) => excess(b) - excess(a);
  return {
    falseAccepts: falseAccepts.sort(worstFirst).slice(0, count),
    falseRejects: falseRejects.sort(worstFirst).slice(0, count),
  };
}
