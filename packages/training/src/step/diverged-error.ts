import { FtError } from '@ft/errors';

/** A step gave NaN or infinity. The weights are those before the step. */
export class DivergedError extends FtError {
  static override readonly code: string = 'FT_DIVERGED';
}

/**
 * The error of a step that has failed, with the operation that failed first where it can be found.
 *
 * @param step number of the step, counted from 1
 * @param what which number is not finite
 * @param repeat does the step's computation again, from the state that it began with
 */
export async function diverged(
  step: number,
  what: string,
  repeat: () => Promise<unknown>,
): Promise<DivergedError> {
  const culprit = await firstNonFinite(repeat);
  return new DivergedError(
    `Step ${step}: ${what}.${culprit === undefined ? '' : ` ${culprit}`} The last checkpoint holds the last good ` +
      'weights. Lower the learning rate or the margin, or clip the gradients, and train again.',
  );
}

/** The message that names the first operation that gives NaN or infinity; undefined where none does. */
async function firstNonFinite(repeat: () => Promise<unknown>): Promise<string | undefined> {
  const { checkNumerics, NonFiniteError } = await import('@ft/engine');
  const end = checkNumerics();
  try {
    await repeat();
  } catch (error) {
    // Engines that cannot read in between fail in another way: the step is named without its operation.
    if (NonFiniteError.isInstance(error)) return error.message;
  } finally {
    end();
  }
}
