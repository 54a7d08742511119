import { FtError } from '@ft/errors';

/** A file could not be had from any of its addresses. */
export class DownloadError extends FtError {
  static override readonly code: string = 'FT_DOWNLOAD';
  /** Where the file should have gone. */
  readonly target: string;
  /** What went wrong with each address, in the order tried. */
  readonly failures: readonly { readonly url: string; readonly reason: string }[];

  constructor(target: string, failures: readonly { url: string; reason: string }[]) {
    const tried = failures.map(({ url, reason }) => `${url} (${reason})`).join('; ');
    super(
      `${target} could not be downloaded. Tried: ${tried}. Put the file there by hand, or try again later.`,
    );
    this.target = target;
    this.failures = failures;
  }
}
