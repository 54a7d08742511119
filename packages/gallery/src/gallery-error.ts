import { FtError } from '@ft/errors';

/** A gallery cannot be opened or used: missing, unreachable, of another version, or lacking a package. */
export class GalleryError extends FtError {
  static override readonly code: string = 'FT_GALLERY';
}

/** Another process holds the gallery's folder. */
export class GalleryBusyError extends GalleryError {
  static override readonly code: string = 'FT_GALLERY_BUSY';
}

export function noGallery(where: string): GalleryError {
  return new GalleryError(`openGallery: there is no gallery in ${where} yet. Enrol somebody first.`);
}
