import { checkNumber, checkWarmUp, warmUpShare, type LearningRate, type WarmUp } from './learning-rate.ts';

/**
 * Multiplies the rate at each milestone.
 *
 * @param options `peak` above 0; `milestones`: steps at which the rate changes; `factor` in (0, 1), default 0.1;
 * `warmup` steps (default 0)
 * @throws InvalidArgumentError where one is out of range
 */
export function stepDecay(
  options: WarmUp & { readonly milestones: readonly number[]; readonly factor?: number },
): LearningRate {
  const { peak, milestones, factor = 0.1, warmup = 0 } = options;
  const where = 'stepDecay';
  checkWarmUp(where, options);
  checkNumber(where, 'factor', factor, 'a number between 0 and 1', factor > 0 && factor < 1);
  milestones.forEach((milestone, i) => {
    const fits = Number.isInteger(milestone) && milestone > 0;
    checkNumber(where, `milestones[${i}]`, milestone, 'a positive integer', fits);
  });
  return (step) => {
    const passed = milestones.filter((milestone) => step >= milestone).length;
    return peak * warmUpShare(step, warmup) * factor ** passed;
  };
}
