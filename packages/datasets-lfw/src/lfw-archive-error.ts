import { FtError } from '@ft/errors';

/** An LFW archive is missing, unknown, damaged, or holds what no LFW archive holds. */
export class LfwArchiveError extends FtError {
  static override readonly code: string = 'FT_LFW_ARCHIVE';
  readonly file: string;

  constructor(file: string, message: string, options?: ErrorOptions) {
    super(`${file}: ${message}`, options);
    this.file = file;
  }
}
