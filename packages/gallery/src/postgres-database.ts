import type { Database, Query } from './database.ts';
import { GalleryError } from './gallery-error.ts';
import { importOptional } from './import-optional.ts';

/**
 * A PostgreSQL server, for many users at once.
 *
 * @param url `postgres://user@host/database`
 */
export async function postgresDatabase(url: string): Promise<Database> {
  const { default: pg } = await importOptional('pg', () => import('pg'));
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  // A connection that breaks while nobody uses it is replaced; its next use would say what is wrong.
  pool.on('error', () => {});
  const first = await pool.connect().catch(async (cause: Error) => {
    await pool.end();
    throw new GalleryError(
      `openGallery: the PostgreSQL server ${withoutPassword(url)} cannot be reached (${cause.message || String((cause as NodeJS.ErrnoException).code)}). ` +
        'Check the URL, and that the server runs.',
      { cause },
    );
  });
  first.release();
  return {
    query: async (sql, parameters = []) => (await pool.query(sql, [...parameters])).rows,
    async transaction(work) {
      const client = await pool.connect();
      const query: Query = async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows;
      try {
        await query('begin');
        const result = await work(query);
        await query('commit');
        client.release();
        return result;
      } catch (error) {
        // A connection in an unknown state is not used again.
        await query('rollback').then(
          () => client.release(),
          (broken: Error) => client.release(broken),
        );
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/([^/@:]*)(?::[^@]*)?@/, '//$1@');
}
