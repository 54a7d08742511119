import type { AdamAttrs, MomentumAttrs } from './optimizer-kernel-names.ts';

/** One Adam step on typed arrays of one length; the last three receive the result. */
export function adamArrays(
  [value, gradient, m, v]: Float32Array[],
  [newValue, newM, newV]: Float32Array[],
  { learningRate, beta1, beta2, epsilon, step, weightDecay }: AdamAttrs,
): void {
  const rate = learningRate / (1 - beta1 ** step);
  const root = 1 / Math.sqrt(1 - beta2 ** step);
  const keep = 1 - learningRate * weightDecay;
  for (let i = 0; i < value!.length; i++) {
    const g = gradient![i]!;
    const first = beta1 * m![i]! + (1 - beta1) * g;
    const second = beta2 * v![i]! + (1 - beta2) * g * g;
    newM![i] = first;
    newV![i] = second;
    newValue![i] = keep * value![i]! - (rate * first) / (Math.sqrt(second) * root + epsilon);
  }
}

/** One momentum step on typed arrays of one length; the last two receive the result. */
export function momentumArrays(
  [value, gradient, accumulator]: Float32Array[],
  [newValue, newAccumulator]: Float32Array[],
  { learningRate, momentum, nesterov, weightDecay }: MomentumAttrs,
): void {
  for (let i = 0; i < value!.length; i++) {
    const g = gradient![i]! + weightDecay * value![i]!;
    const a = momentum * accumulator![i]! + g;
    newAccumulator![i] = a;
    newValue![i] = value![i]! - learningRate * (nesterov ? g + momentum * a : a);
  }
}
