import { FtError } from '@ft/errors';

/** Where a computation first gave NaN or an infinite number. */
export interface NonFinite {
  /** The TensorFlow.js kernel, e.g. `'Log'`. */
  readonly kernel: string;
  /** Shape of the output that holds the number. */
  readonly shape: readonly number[];
  /** Position of the first such number in the output, row-major. */
  readonly index: number;
  /** NaN, Infinity or -Infinity. */
  readonly value: number;
  /** Is the number in an input already? Then it came from outside, e.g. with the data. */
  readonly fromInput: boolean;
}

/** A kernel gave NaN or an infinite number while the numerics were being checked. */
export class NonFiniteError extends FtError {
  static override readonly code: string = 'FT_NON_FINITE';
  readonly details: NonFinite;

  constructor(details: NonFinite) {
    const { kernel, shape, index, value, fromInput } = details;
    const what = `${value} at position ${index} of its ${fromInput ? 'input' : 'output'} of shape [${shape.join(', ')}]`;
    super(
      fromInput
        ? `${kernel} got ${what}. No kernel made it: look at the data or at what was loaded.`
        : `${kernel} gave ${what}. It is the first kernel that did; the stack below names the caller.`,
    );
    this.details = details;
  }
}
