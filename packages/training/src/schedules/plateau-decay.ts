import { checkNumber, checkWarmUp, warmUpShare, type LearningRate, type WarmUp } from './learning-rate.ts';

export interface PlateauDecayOptions extends WarmUp {
  /** Multiplies the rate at each plateau, in (0, 1). Default 0.1. */
  readonly factor?: number;
  /** Validations without a better score that make a plateau, at least 1. Default 3. */
  readonly patience?: number;
  /** By how much a score must exceed the best to be better, 0 or more. Default 0. */
  readonly minImprovement?: number;
  /** The lowest rate, 0 or more. Default 0. */
  readonly lowest?: number;
}

interface PlateauDecayState {
  readonly rate: number;
  readonly best: number | null;
  readonly waited: number;
}

/**
 * Lowers the rate whenever the score of the validation has stopped growing.
 *
 * @throws InvalidArgumentError where an option is out of range
 */
export function plateauDecay(options: PlateauDecayOptions): LearningRate & Required<LearningRate> {
  const { peak, warmup = 0, factor = 0.1, patience = 3, minImprovement = 0, lowest = 0 } = options;
  const where = 'plateauDecay';
  checkWarmUp(where, options);
  checkNumber(where, 'factor', factor, 'a number between 0 and 1', factor > 0 && factor < 1);
  checkNumber(where, 'patience', patience, 'a positive integer', Number.isInteger(patience) && patience >= 1);
  checkNumber(where, 'minImprovement', minImprovement, 'a number of at least 0', minImprovement >= 0);
  checkNumber(where, 'lowest', lowest, `a number from 0 to the peak, ${peak}`, lowest >= 0 && lowest <= peak);
  let current: PlateauDecayState = { rate: peak, best: null, waited: 0 };
  const rateAt = (step: number) => current.rate * warmUpShare(step, warmup);
  return Object.assign(rateAt, {
    observe(score: number) {
      const { rate, best, waited } = current;
      if (best === null || score > best + minImprovement) current = { rate, best: score, waited: 0 };
      else if (waited + 1 < patience) current = { rate, best, waited: waited + 1 };
      else current = { rate: Math.max(lowest, rate * factor), best, waited: 0 };
    },
    state: (): unknown => current,
    restore(state: unknown) {
      current = state as PlateauDecayState;
    },
  });
}
