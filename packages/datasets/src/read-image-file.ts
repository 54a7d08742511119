import { readFileSync } from 'node:fs';
import { DamagedImageError } from './damaged-image-error.ts';

/**
 * The bytes of an image file, read at once: several times cheaper than in the background, for files of this size.
 *
 * @throws DamagedImageError where there is no such file
 */
export function readImageFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    // Too many open files or a failing disk say nothing about the image: they stop everything.
    if (cause.code !== 'ENOENT' && cause.code !== 'EISDIR') throw cause;
    throw new DamagedImageError(file, `it cannot be read (${cause.code})`, { cause });
  }
}
