import type { Reduction } from './reduction.ts';

/** Options that every loss on a matrix takes. */
export interface LossOptions {
  /** How the terms become one number. */
  readonly reduction?: Reduction;
  /**
   * Refuse NaN and infinities, which costs a synchronous read of one number. `true` by default; switch it off
   * where the matrix was checked already, or where the backend cannot read synchronously.
   */
  readonly checkFinite?: boolean;
}
