import { FtError } from '@ft/errors';

/** A pairs or people list of LFW is malformed, or does not fit the images. */
export class LfwListError extends FtError {
  static override readonly code: string = 'FT_LFW_LIST';
  readonly file: string;
  /** 1-based, or undefined where the whole file is meant. */
  readonly line: number | undefined;

  constructor(file: string, line: number | undefined, message: string) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${message}`);
    this.file = file;
    this.line = line;
  }
}
