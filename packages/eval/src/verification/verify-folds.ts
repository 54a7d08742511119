import { InvalidArgumentError } from '@ft/errors';
import { bestThreshold } from './best-threshold.ts';
import { thresholdCurve, type ScoredPairs } from './threshold-curve.ts';

/** One fold of a cross-validated verification. */
export interface FoldResult {
  readonly fold: number;
  /** Chosen on all other folds. */
  readonly threshold: number;
  /** Share of right calls in this fold, 0 to 1. */
  readonly accuracy: number;
  /** Same pairs in this fold. */
  readonly same: number;
  /** Different pairs in this fold. */
  readonly different: number;
  readonly falseAccepts: number;
  readonly falseRejects: number;
}

/**
 * Judges each fold by the threshold that is best on all other folds.
 *
 * @param pairs distances and truth
 * @param folds fold of each pair, integers, at least two different ones, [pairs]
 * @returns one row a fold, ascending
 * @throws InvalidArgumentError where `folds` is not such, or the other folds lack one of the two classes
 */
export function verifyFolds({ distances, same }: ScoredPairs, folds: ArrayLike<number>): FoldResult[] {
  const where = 'evaluateVerification';
  const bad = (expected: string, got: unknown) =>
    new InvalidArgumentError({ where, argument: 'folds', expected, got });
  if (folds.length !== distances.length) {
    throw bad(`of the length of distances, ${distances.length}`, folds);
  }
  const members = new Map<number, number[]>();
  for (let pair = 0; pair < folds.length; pair++) {
    const fold = folds[pair]!;
    if (!Number.isInteger(fold)) throw bad('integers', `${fold} at pair ${pair}`);
    const list = members.get(fold);
    if (list === undefined) members.set(fold, [pair]);
    else list.push(pair);
  }
  if (members.size < 2) throw bad('of at least two different values', `${members.size}`);

  return [...members]
    .sort(([a], [b]) => a - b)
    .map(([fold, pairs]) => {
      const others: number[] = [];
      for (let pair = 0; pair < folds.length; pair++) if (folds[pair] !== fold) others.push(pair);
      const { threshold } = bestThreshold(
        thresholdCurve(
          { distances: others.map((pair) => distances[pair]!), same: others.map((pair) => same[pair]!) },
          `${where}, all folds but ${fold}`,
        ),
      );
      const counts = { same: 0, different: 0, falseAccepts: 0, falseRejects: 0 };
      for (const pair of pairs) {
        const accepted = distances[pair]! < threshold;
        counts[same[pair] ? 'same' : 'different']++;
        if (accepted && !same[pair]) counts.falseAccepts++;
        if (!accepted && same[pair]) counts.falseRejects++;
      }
      const wrong = counts.falseAccepts + counts.falseRejects;
      return { fold, threshold, accuracy: (pairs.length - wrong) / pairs.length, ...counts };
    });
}
