import { FtError } from '@ft/errors';

/** A tensor given to a loss or a distance holds NaN or an infinity. */
export class NonFiniteInputError extends FtError {
  static override readonly code: string = 'FT_NON_FINITE_INPUT';
  readonly where: string;
  readonly argument: string;
  /** The row that holds the most non-finite values, or -1 where a column holds more. */
  readonly row: number;
  /** The column that holds the most non-finite values, or -1 where a row holds as many. */
  readonly column: number;

  constructor(where: string, argument: string, position: { row: number; column: number }, bad: number) {
    const { row, column } = position;
    const place = row >= 0 ? `row ${row}` : `column ${column}`;
    super(
      `${where}: ${argument} must be finite, got ${bad} NaN or infinite value${bad === 1 ? '' : 's'}, most in ${place}. ` +
        'Look at the sample behind it, at the learning rate, and at divisions by zero in the model.',
    );
    this.where = where;
    this.argument = argument;
    this.row = row;
    this.column = column;
  }
}
