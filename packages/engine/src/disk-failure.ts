import { statfs } from 'node:fs/promises';
import { CacheNotWritableError, DiskSpaceError } from './engine-errors.ts';

/** The error for a full disk. `needed` is in bytes. */
export async function diskFull(directory: string, needed?: number, cause?: unknown): Promise<DiskSpaceError> {
  const space = await statfs(directory);
  const free = Math.floor((space.bavail * space.bsize) / 1e6);
  const need = needed === undefined ? 'about 1,150 MB with the download' : `${Math.ceil(needed / 1e6)} MB`;
  return new DiskSpaceError(
    `The native engine needs ${need}, and the disk of ${directory} has ${free} MB free. Free some space or name a folder on another disk in FT_CACHE_DIR.`,
    cause === undefined ? undefined : { cause },
  );
}

/** Turns the system's errors about the cache folder into ones that say what to do; leaves others alone. */
export async function explainDiskFailure(error: unknown, cache: string): Promise<unknown> {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return await diskFull(cache, undefined, error);
  if (code !== undefined && ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(code)) {
    return new CacheNotWritableError(
      `The cache folder ${cache} cannot be written (${message}). Name another folder in FT_CACHE_DIR.`,
      { cause: error },
    );
  }
  return error;
}
