import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

/**
 * Writes a file so that a reader, or a crash at any moment, finds either the older content whole or the new one.
 *
 * The content goes to a file beside it, is flushed to the disk, and is renamed over the older one.
 *
 * @param file its folder must exist
 * @param content text is written as UTF-8
 * @throws the system's error (ENOSPC, EACCES, ENOENT...); the older file is unchanged then and nothing is left behind
 */
export async function writeFileAtomic(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      // Unlike a single write, this goes on after a short one: a disk that fills up is an error, not a cut file.
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
