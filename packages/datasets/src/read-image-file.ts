import { readFile } from 'node:fs';
import { promisify } from 'node:util';
import { DamagedImageError } from './damaged-image-error.ts';

// Several times cheaper than the function of the same name in node:fs/promises.
const readBytes = promisify(readFile);

/**
 * The bytes of an image file.
 *
 * @throws DamagedImageError where there is no such file
 */
export async function readImageFile(file: string): Promise<Buffer> {
  return readBytes(file).catch((cause: NodeJS.ErrnoException) => {
    // Too many open files or a failing disk say nothing about the image: they stop everything.
    if (cause.code !== 'ENOENT' && cause.code !== 'EISDIR') throw cause;
    throw new DamagedImageError(file, `it cannot be read (${cause.code})`, { cause });
  });
}
