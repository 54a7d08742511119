import { describeValue } from './describe-value.ts';
import { FtError } from './ft-error.ts';

/** What an {@link InvalidArgumentError} says: who complains, about what, expected, got, and what to do. */
export interface InvalidArgument {
  /** The public function or option group that was called, e.g. `'tripletLoss'`. */
  readonly where: string;
  /** The argument's name, e.g. `'margin'`. */
  readonly argument: string;
  /** What would have been accepted, e.g. `'a finite number above 0'`. */
  readonly expected: string;
  /** The value that came. It is shortened for the message. */
  readonly got: unknown;
  /** The next step, where it is not obvious, as a sentence. */
  readonly remedy?: string;
}

/** An argument of a public function is outside what its documentation allows. */
export class InvalidArgumentError extends FtError {
  static override readonly code: string = 'FT_INVALID_ARGUMENT';
  readonly where: string;
  readonly argument: string;

  constructor({ where, argument, expected, got, remedy }: InvalidArgument) {
    const advice = remedy === undefined ? '' : ` ${remedy}`;
    super(`${where}: ${argument} must be ${expected}, got ${describeValue(got)}.${advice}`);
    this.where = where;
    this.argument = argument;
  }
}
