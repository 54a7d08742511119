import { checkWarmUp, warmUpShare, type LearningRate, type WarmUp } from './learning-rate.ts';

/**
 * Stays at the peak after the warm-up.
 *
 * @throws InvalidArgumentError where an option is out of range
 */
export function constantRate(options: WarmUp): LearningRate {
  checkWarmUp('constantRate', options);
  const { peak, warmup = 0 } = options;
  return (step) => peak * warmUpShare(step, warmup);
}
