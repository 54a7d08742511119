import { InvalidArgumentError } from '@ft/errors';

/** Probabilities within a range, and how often they came true. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Mean of the probabilities. */
  readonly meanProbability: number;
  /** Share of the pairs that are same. */
  readonly sameShare: number;
}

/** How far probabilities can be believed; smaller is better. Plain JSON. */
export interface CalibrationResult {
  /** Mean square of probability minus truth. */
  readonly brier: number;
  /** Mean of -log of the probability given to the truth, in nats; probabilities are kept off 0 and 1 by 2^-52. */
  readonly logLoss: number;
  /** Expected calibration error: mean over pairs of the gap of their bin. */
  readonly ece: number;
  /** The bins that are not empty, ascending: the reliability diagram. */
  readonly bins: readonly ReliabilityBin[];
}

/**
 * Evaluates probabilities of same pairs, on pairs that the calibration was not fitted on.
 *
 * @param probabilities probability of same, in [0, 1], [pairs], at least one
 * @param same truth, 1 or true, 0 or false, [pairs]
 * @param count number of bins of equal width, >= 1; 15 by default
 * @throws InvalidArgumentError where lengths differ or a probability is outside [0, 1]
 * @see Guo et al., "On calibration of modern neural networks", ICML 2017
 */
export function evaluateCalibration(
  probabilities: ArrayLike<number>,
  same: ArrayLike<number | boolean>,
  count = 15,
): CalibrationResult {
  const where = 'evaluateCalibration';
  const refuse = (argument: string, expected: string, got: unknown) => {
    throw new InvalidArgumentError({ where, argument, expected, got });
  };
  const pairs = probabilities.length;
  if (pairs === 0) refuse('probabilities', 'at least one', probabilities);
  if (same.length !== pairs) refuse('same', `of the length of probabilities, ${pairs}`, same);
  if (!Number.isInteger(count) || count < 1) refuse('count', 'an integer from 1', count);
  const bins = Array.from({ length: count }, () => ({ count: 0, probability: 0, same: 0 }));
  let brier = 0;
  let logLoss = 0;
  for (let pair = 0; pair < pairs; pair++) {
    const probability = probabilities[pair]!;
    if (!(probability >= 0 && probability <= 1)) {
      refuse('probabilities', 'in [0, 1]', `${probability} at pair ${pair}`);
    }
    const truth = same[pair] ? 1 : 0;
    brier += (probability - truth) ** 2;
    const kept = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probability));
    logLoss -= Math.log(truth === 1 ? kept : 1 - kept);
    const bin = bins[Math.min(count - 1, Math.floor(probability * count))]!;
    bin.count++;
    bin.probability += probability;
    bin.same += truth;
  }
  return {
    brier: brier / pairs,
    logLoss: logLoss / pairs,
    ece: bins.reduce((sum, bin) => sum + Math.abs(bin.probability - bin.same), 0) / pairs,
    bins: bins.flatMap((bin, index) =>
      bin.count === 0
        ? []
        : [
            {
              low: index / count,
              high: (index + 1) / count,
              count: bin.count,
              meanProbability: bin.probability / bin.count,
              sameShare: bin.same / bin.count,
            },
          ],
    ),
  };
}
