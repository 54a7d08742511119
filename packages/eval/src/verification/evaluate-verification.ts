import { InvalidArgumentError } from '@ft/errors';
import { areaUnderRoc } from './area-under-roc.ts';
import { bestThreshold } from './best-threshold.ts';
import { equalErrorRate } from './equal-error-rate.ts';
import { rocPoints, type RocPoints } from './roc-points.ts';
import { tarAtFar, type TarAtFar } from './tar-at-far.ts';
import { thresholdCurve, type ScoredPairs } from './threshold-curve.ts';
import { verifyFolds, type FoldResult } from './verify-folds.ts';
import { wilsonInterval, type Interval } from '../statistics/wilson-interval.ts';

/** Which rules gave a result. `'pairs'` is any list of pairs, with folds or without. */
export type VerificationProtocol = 'lfw-view1' | 'lfw-view2' | 'pairs';

/** Scored pairs and where the threshold comes from: at most one of `folds`, `development` and `threshold`. */
export interface VerificationInput extends ScoredPairs {
  /** Fold of each pair, any integers, [pairs]. Each fold is judged by the threshold of all the others. */
  readonly folds?: ArrayLike<number>;
  /** Other pairs, to choose the threshold on. */
  readonly development?: ScoredPairs;
  /** A threshold that was chosen elsewhere. */
  readonly threshold?: number;
  /** Limits for {@link VerificationResult.tarAtFar}; 0.1, 0.01 and 0.001 by default. */
  readonly farLimits?: readonly number[];
  /** `'pairs'` by default. View 1 takes any source of thresholds, View 2 takes ten folds. */
  readonly protocol?: VerificationProtocol;
}

/** How well distances tell same pairs from different ones. Plain JSON. */
export interface VerificationResult {
  readonly protocol: VerificationProtocol;
  /** The rule behind every number here: a pair is called same where its distance is below the threshold. */
  readonly rule: 'same where distance < threshold';
  readonly pairs: { readonly same: number; readonly different: number };
  /**
   * Share of right calls, 0 to 1, by thresholds chosen on other pairs; over folds, the mean of their
   * accuracies. Null where no other pairs were given to choose a threshold on: see `best`.
   */
  readonly accuracy: number | null;
  /**
   * Over folds, the standard error of their mean accuracy, with n - 1 (LFW View 2). Without folds, the
   * standard error of a proportion. Null where `accuracy` is.
   */
  readonly standardError: number | null;
  /** 95 % Wilson interval of the share of right calls over all pairs, taken as independent; null where `accuracy` is. */
  readonly interval: Interval | null;
  readonly thresholdFrom: 'other-folds' | 'development-set' | 'given' | 'none';
  /** The threshold behind `accuracy`; over folds, the mean of theirs. Null where `accuracy` is. */
  readonly threshold: number | null;
  /** One row a fold, in ascending order of fold; empty without folds. */
  readonly folds: readonly FoldResult[];
  /** The threshold of highest accuracy on these very pairs. Optimistic: not a measure of new pairs. */
  readonly best: { readonly optimisticAccuracy: number; readonly threshold: number };
  /** Area under the ROC curve of all pairs together, 0 to 1. */
  readonly auc: number;
  /** Equal error rate of all pairs together, 0 to 1. */
  readonly eer: { readonly rate: number; readonly threshold: number };
  readonly tarAtFar: readonly TarAtFar[];
  /** The ROC curve of all pairs together, thinned for drawing. */
  readonly roc: RocPoints;
}

const where = 'evaluateVerification';

/**
 * Evaluates face verification: which pairs are of one identity, told by a threshold on their distance.
 *
 * @param input distances, truth, and folds, a development set or a threshold
 * @returns accuracy with its error, ROC curve, area, equal error rate, and true accept rates
 * @throws InvalidArgumentError where lengths differ, a number is not finite, one class is absent, more than
 *   one source of thresholds is given, or the protocol asks for another one
 * @see Huang et al., "Labeled Faces in the Wild", technical report 07-49 (2007), for Views 1 and 2
 */
export function evaluateVerification(input: VerificationInput): VerificationResult {
  const { protocol = 'pairs', farLimits = [0.1, 0.01, 0.001] } = input;
  const thresholdFrom = checkSource(input, protocol);
  const curve = thresholdCurve(input, where);
  const best = bestThreshold(curve);
  const decided =
    thresholdFrom === 'other-folds'
      ? overFolds(verifyFolds(input, input.folds!))
      : thresholdFrom === 'development-set'
        ? atThreshold(
            input,
            bestThreshold(thresholdCurve(input.development!, `${where}, development`)).threshold,
          )
        : thresholdFrom === 'given'
          ? atThreshold(input, input.threshold!)
          : undecided;
  return {
    protocol,
    rule: 'same where distance < threshold',
    pairs: { same: curve.sameCount, different: curve.differentCount },
    thresholdFrom,
    ...decided,
    best: { optimisticAccuracy: best.accuracy, threshold: best.threshold },
    auc: areaUnderRoc(curve),
    eer: equalErrorRate(curve),
    tarAtFar: farLimits.map((far) => tarAtFar(curve, far)),
    roc: rocPoints(curve),
  };
}

type Decided = Pick<VerificationResult, 'accuracy' | 'standardError' | 'interval' | 'threshold' | 'folds'>;

const undecided: Decided = {
  accuracy: null,
  standardError: null,
  interval: null,
  threshold: null,
  folds: [],
};

function overFolds(folds: readonly FoldResult[]): Decided {
  const mean = (value: (fold: FoldResult) => number) =>
    folds.reduce((sum, fold) => sum + value(fold), 0) / folds.length;
  const accuracy = mean((fold) => fold.accuracy);
  const variance = folds.reduce((sum, fold) => sum + (fold.accuracy - accuracy) ** 2, 0) / (folds.length - 1);
  const pairs = folds.reduce((sum, fold) => sum + fold.same + fold.different, 0);
  const wrong = folds.reduce((sum, fold) => sum + fold.falseAccepts + fold.falseRejects, 0);
  return {
    accuracy,
    standardError: Math.sqrt(variance / folds.length),
    interval: wilsonInterval(pairs - wrong, pairs),
    threshold: mean((fold) => fold.threshold),
    folds,
  };
}

function atThreshold({ distances, same }: ScoredPairs, threshold: number): Decided {
  let correct = 0;
  for (let pair = 0; pair < distances.length; pair++) {
    if (distances[pair]! < threshold === Boolean(same[pair])) correct++;
  }
  const accuracy = correct / distances.length;
  return {
    accuracy,
    standardError: Math.sqrt((accuracy * (1 - accuracy)) / distances.length),
    interval: wilsonInterval(correct, distances.length),
    threshold,
    folds: [],
  };
}

function checkSource(
  { folds, development, threshold }: VerificationInput,
  protocol: VerificationProtocol,
): VerificationResult['thresholdFrom'] {
  const given = Object.entries({ folds, development, threshold }).filter(([, value]) => value !== undefined);
  const names = given.map(([name]) => name);
  const refuse = (expected: string): never => {
    throw new InvalidArgumentError({
      where,
      argument: 'input',
      expected,
      got: names.length === 0 ? 'none of folds, development and threshold' : names.join(' and '),
    });
  };
  if (names.length > 1) refuse('given at most one of folds, development and threshold');
  if (protocol === 'lfw-view2') {
    if (folds === undefined) refuse("given folds for the protocol 'lfw-view2'");
    const count = new Set(Array.from(folds!)).size;
    if (count !== 10) {
      throw new InvalidArgumentError({
        where,
        argument: 'folds',
        expected: 'of ten different values for LFW View 2',
        got: `${count} different values`,
        remedy: "Name any other cross-validation 'pairs'.",
      });
    }
  } else if (protocol === 'lfw-view1') {
    if (names.length === 0) {
      refuse("given folds, a development set or a threshold for the protocol 'lfw-view1'");
    }
  } else if (protocol !== 'pairs') {
    throw new InvalidArgumentError({
      where,
      argument: 'protocol',
      expected: "'lfw-view1', 'lfw-view2' or 'pairs'",
      got: protocol,
    });
  }
  if (folds !== undefined) return 'other-folds';
  if (development !== undefined) return 'development-set';
  if (threshold === undefined) return 'none';
  if (!Number.isFinite(threshold)) {
    throw new InvalidArgumentError({
      where,
      argument: 'threshold',
      expected: 'a finite number',
      got: threshold,
    });
  }
  return 'given';
}
