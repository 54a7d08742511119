import { FtError } from '@ft/errors';

/** A folder that should hold one sub-folder a person does not. */
export class ImageFolderError extends FtError {
  static override readonly code: string = 'FT_IMAGE_FOLDER';
  /** The folder the error is about. */
  readonly folder: string;

  constructor(folder: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.folder = folder;
  }
}
