import { FtError } from '@ft/errors';

/** The package or the server of an index cannot be reached. */
export class IndexUnavailableError extends FtError {
  static override readonly code: string = 'FT_INDEX_UNAVAILABLE';
}

/** The database or the server behind an index refused a request. */
export class IndexFailedError extends FtError {
  static override readonly code: string = 'FT_INDEX_FAILED';
}
