import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database, Row } from './database.ts';
import { GalleryError, noGallery } from './gallery-error.ts';
import { importOptional } from './import-optional.ts';
import { lockDirectory } from './lock-directory.ts';

/**
 * PGlite, which is PostgreSQL in this process, on a folder that no other process uses meanwhile.
 *
 * @param patienceMs how long to wait for another process that uses it
 * @param make make the folder and the database where missing?
 */
export async function pgliteDatabase(
  directory: string,
  patienceMs: number,
  make: boolean,
): Promise<Database> {
  if (make) await mkdir(directory, { recursive: true });
  const names = await readdir(directory).catch((cause: NodeJS.ErrnoException): string[] => {
    if (cause.code !== 'ENOENT') throw cause;
    return [];
  });
  const strange = names.find((name) => !/^(?:data|lock\.\d+|.*\.tmp)$/.test(name));
  if (strange !== undefined) {
    throw new GalleryError(
      `openGallery: ${directory} is not a gallery: it holds ${JSON.stringify(strange)}. Name a gallery, or a ` +
        'folder that is empty or does not exist.',
    );
  }
  if (!make && !names.includes('data')) throw noGallery(directory);
  const [{ PGlite }, { vector }] = await Promise.all([
    importOptional('@electric-sql/pglite', () => import('@electric-sql/pglite')),
    importOptional('@electric-sql/pglite-pgvector', () => import('@electric-sql/pglite-pgvector')),
  ]);
  const release = await lockDirectory(directory, patienceMs);
  try {
    const database = await PGlite.create({ dataDir: join(directory, 'data'), extensions: { vector } });
    return {
      query: async (sql, parameters = []) => (await database.query<Row>(sql, [...parameters])).rows,
      transaction: (work) =>
        database.transaction((inner) =>
          work(async (sql, parameters = []) => (await inner.query<Row>(sql, [...parameters])).rows),
        ),
      async close() {
        await database.close();
        await release();
      },
    };
  } catch (cause) {
    await release();
    throw new GalleryError(
      `openGallery: the database in ${directory} cannot be opened (${(cause as Error).message}). Restore it from a ` +
        'copy, or enrol anew in another folder.',
      { cause },
    );
  }
}
