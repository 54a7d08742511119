import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, engineRoot } from './engine-cache.ts';
import { withLock } from './install-lock.ts';

/**
 * Removes every engine, and what was downloaded for them, from the cache folder. It waits for an
 * installation that is under way.
 *
 * @param options.env Environment variables; `process.env` by default.
 * @returns The folders that were removed.
 */
export async function uninstallEngine(options: { env?: NodeJS.ProcessEnv } = {}): Promise<string[]> {
  const cache = cacheDirectory(options.env);
  const root = engineRoot(cache);
  const names = await readdir(root).catch(() => []);
  if (names.length === 0) return [];
  return await withLock(join(root, 'install.lock'), async () => {
    const folders = (await readdir(root, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(root, entry.name));
    await Promise.all(
      [...folders, join(cache, 'downloads')].map((path) => rm(path, { recursive: true, force: true })),
    );
    return folders;
  });
}
