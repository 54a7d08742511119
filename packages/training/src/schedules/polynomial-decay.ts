import {
  checkNumber,
  checkWarmUp,
  progressAfter,
  warmUpShare,
  type LearningRate,
  type WarmUp,
} from './learning-rate.ts';

/**
 * After the warm-up, final + (peak - final) (1 - share of the way)^power.
 *
 * @param options `peak` above 0; `steps` in all, at least 1; `power` above 0 (default 2); `warmup` steps, below `steps`
 * (default 0); `final` rate, from 0 to the peak (default 0)
 * @throws InvalidArgumentError where one is out of range
 */
export function polynomialDecay(
  options: WarmUp & { readonly steps: number; readonly power?: number; readonly final?: number },
): LearningRate {
  const { peak, steps, power = 2, warmup = 0, final = 0 } = options;
  const where = 'polynomialDecay';
  checkWarmUp(where, options, steps);
  checkNumber(where, 'power', power, 'a finite number above 0', Number.isFinite(power) && power > 0);
  checkNumber(where, 'final', final, `a number from 0 to the peak, ${peak}`, final >= 0 && final <= peak);
  return (step) => {
    if (step < warmup) return peak * warmUpShare(step, warmup);
    return final + (peak - final) * (1 - progressAfter(step, warmup, steps)) ** power;
  };
}
