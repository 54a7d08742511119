import { InvalidArgumentError } from '@ft/errors';
import type { Resumable } from '../checkpoint/resumable.ts';

/**
 * The learning rate of a step, counted from 0. One that also is {@link Resumable} is told the score of every
 * validation, and its state is part of the checkpoint.
 */
export type LearningRate = ((step: number) => number) & Partial<Resumable>;

/** The highest rate and how it is reached: from 0 in equal parts over the warm-up. */
export interface WarmUp {
  /** The highest learning rate, above 0. */
  readonly peak: number;
  /** Steps before the peak, 0 or more. Default 0. */
  readonly warmup?: number;
}

/** The share of the peak that the warm-up allows in a step: 1 once it is over. */
export const warmUpShare = (step: number, warmup: number) => Math.min((step + 1) / (warmup + 1), 1);

/** The share of the way from the warm-up's end to the last step, in [0, 1]. */
export const progressAfter = (step: number, warmup: number, steps: number) =>
  Math.min(1, Math.max(0, (step - warmup) / (steps - warmup)));

/** Refuses a peak that is not above 0, and a warm-up that is not a whole number below the steps. */
export function checkWarmUp(where: string, { peak, warmup = 0 }: WarmUp, steps?: number): void {
  checkNumber(where, 'peak', peak, 'a finite number above 0', Number.isFinite(peak) && peak > 0);
  if (steps !== undefined) {
    checkNumber(where, 'steps', steps, 'a positive integer', Number.isInteger(steps) && steps >= 1);
  }
  const most = steps === undefined ? Number.MAX_SAFE_INTEGER : steps - 1;
  const range = steps === undefined ? 'an integer of at least 0' : `an integer from 0 to ${most}`;
  checkNumber(where, 'warmup', warmup, range, Number.isInteger(warmup) && warmup >= 0 && warmup <= most);
}

export function checkNumber(
  where: string,
  argument: string,
  got: number,
  expected: string,
  fits: boolean,
): void {
  if (!fits) throw new InvalidArgumentError({ where, argument, expected, got });
}
