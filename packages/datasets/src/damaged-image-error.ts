import { FtError } from '@ft/errors';

/** An image file cannot be used: truncated, not an image, or smaller than the crop. */
export class DamagedImageError extends FtError {
  static override readonly code: string = 'FT_DAMAGED_IMAGE';
  readonly file: string;
  /** Why, in a few words. */
  readonly reason: string;

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(
      `packImages: ${file} cannot be used: ${reason}. Replace or remove the file, or pass onDamaged: 'skip'.`,
      options,
    );
    this.file = file;
    this.reason = reason;
  }
}
