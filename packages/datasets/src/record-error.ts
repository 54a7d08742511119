import { FtError } from '@ft/errors';

/** A line of a manifest or landmarks file cannot be used. */
export class RecordError extends FtError {
  static override readonly code: string = 'FT_RECORD';
  readonly file: string;
  /** 1-based. */
  readonly line: number;

  constructor(file: string, line: number, message: string, options?: ErrorOptions) {
    super(`${file}:${line}: ${message}`, options);
    this.file = file;
    this.line = line;
  }
}
