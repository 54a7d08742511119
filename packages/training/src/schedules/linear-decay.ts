import { checkWarmUp, warmUpShare, type LearningRate, type WarmUp } from './learning-rate.ts';

/**
 * Rises linearly from 0 over the warm-up and falls linearly to 0 at the end.
 *
 * @param options `peak` above 0; `steps` in all, at least 1; `warmup` steps, below `steps` (default 0)
 * @throws InvalidArgumentError where one is out of range
 */
export function linearDecay(options: WarmUp & { readonly steps: number }): LearningRate {
  const { peak, steps, warmup = 0 } = options;
  checkWarmUp('linearDecay', options, steps);
  return (step) => peak * Math.min(warmUpShare(step, warmup), Math.max(0, (steps - step) / (steps - warmup)));
}
