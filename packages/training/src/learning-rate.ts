import { InvalidArgumentError } from '@ft/errors';

/** The learning rate of a step, counted from 0. */
export type LearningRate = (step: number) => number;

/**
 * Rises linearly from 0 over the warm-up and falls linearly to 0 at the end.
 *
 * @param options `peak` above 0; `steps` in all, at least 1; `warmup` steps, below `steps` (default 0)
 * @throws InvalidArgumentError where one is out of range
 */
export function linearDecay(options: { peak: number; steps: number; warmup?: number }): LearningRate {
  const { peak, steps, warmup = 0 } = options;
  const where = 'linearDecay';
  if (!(Number.isFinite(peak) && peak > 0)) {
    throw new InvalidArgumentError({
      where,
      argument: 'peak',
      expected: 'a finite number above 0',
      got: peak,
    });
  }
  if (!Number.isInteger(steps) || steps < 1) {
    throw new InvalidArgumentError({ where, argument: 'steps', expected: 'a positive integer', got: steps });
  }
  if (!Number.isInteger(warmup) || warmup < 0 || warmup >= steps) {
    throw new InvalidArgumentError({
      where,
      argument: 'warmup',
      expected: `an integer from 0 to ${steps - 1}`,
      got: warmup,
    });
  }
  return (step) =>
    peak * Math.min((step + 1) / (warmup + 1), Math.max(0, (steps - step) / (steps - warmup)), 1);
}
