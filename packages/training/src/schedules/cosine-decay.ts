import {
  checkNumber,
  checkWarmUp,
  progressAfter,
  warmUpShare,
  type LearningRate,
  type WarmUp,
} from './learning-rate.ts';

/**
 * After the warm-up, half a cosine wave from the peak down to the final rate.
 *
 * @param options `peak` above 0; `steps` in all, at least 1; `warmup` steps, below `steps` (default 0); `final` rate,
 * from 0 to the peak (default 0)
 * @throws InvalidArgumentError where one is out of range
 * @see Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts" (2017), without restarts
 */
export function cosineDecay(
  options: WarmUp & { readonly steps: number; readonly final?: number },
): LearningRate {
  const { peak, steps, warmup = 0, final = 0 } = options;
  checkWarmUp('cosineDecay', options, steps);
  checkNumber(
    'cosineDecay',
    'final',
    final,
    `a number from 0 to the peak, ${peak}`,
    final >= 0 && final <= peak,
  );
  return (step) => {
    if (step < warmup) return peak * warmUpShare(step, warmup);
    const wave = (1 + Math.cos(Math.PI * progressAfter(step, warmup, steps))) / 2;
    return final + (peak - final) * wave;
  };
}
