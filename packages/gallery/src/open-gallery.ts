import { InvalidArgumentError } from '@ft/errors';
import { ModelMismatchError } from '@ft/eval';
import { checkEmbedding, checkEntries } from './check-entries.ts';
import { checkNetwork } from './check-network.ts';
import type { Database } from './database.ts';
import type { DurableGallery, Enrolment, GalleryNetwork } from './gallery.ts';
import { GalleryError, noGallery } from './gallery-error.ts';
import { pgliteDatabase } from './pglite-database.ts';
import { postgresDatabase } from './postgres-database.ts';
import { readContents } from './read-contents.ts';

/** How to open a gallery. */
export interface OpenGalleryOptions {
  /** The network in use. Makes the gallery where there is none, and refuses one of another network. */
  readonly network?: GalleryNetwork;
  /** Longest wait for another process that has the folder open, in seconds; 60 by default. */
  readonly patience?: number;
}

/**
 * Opens a gallery of enrolled people: a folder with an embedded PGlite database, which one process at a time may
 * use while the others wait, or a PostgreSQL server with the pgvector extension, for many at once.
 *
 * @param where path of the folder, or `postgres://user@host/database`
 * @throws GalleryError where there is no gallery and no network to make one for, or it cannot be opened
 * @throws GalleryBusyError where another process uses the folder for longer than `patience`
 * @throws ModelMismatchError where the gallery belongs to another network
 * @throws InvalidArgumentError where an option is not as documented
 */
export async function openGallery(
  where: string,
  { network, patience = 60 }: OpenGalleryOptions = {},
): Promise<DurableGallery> {
  if (network !== undefined) checkNetwork(network);
  if (!(patience >= 0)) {
    throw new InvalidArgumentError({
      where: 'openGallery',
      argument: 'patience',
      expected: 'a number of seconds from 0',
      got: patience,
    });
  }
  const database = /^postgres(?:ql)?:\/\//.test(where)
    ? await postgresDatabase(where)
    : await pgliteDatabase(where, patience * 1000, network !== undefined);
  try {
    return galleryOn(database, await prepare(database, where, network));
  } catch (error) {
    await database.close();
    throw error;
  }
}

const format = 1;
/** Any number: whoever sets a gallery up takes turns on it. */
const setUpLock = 729_011_462;

/** Finds the network of the gallery, or makes the gallery's tables for the one given. */
async function prepare(
  database: Database,
  where: string,
  wanted: GalleryNetwork | undefined,
): Promise<GalleryNetwork> {
  const found = await database.transaction(async (query) => {
    await query('select pg_advisory_xact_lock($1)', [setUpLock]);
    const [table] = await query(`select to_regclass('ft_gallery.network') is not null as exists`);
    if (table!['exists'] === false) {
      if (wanted === undefined) throw noGallery(shown(where));
      const [type] = await query(`select count(*)::int as count from pg_type where typname = 'vector'`);
      if (type!['count'] === 0) {
        await query('create extension vector').catch((cause: Error) => {
          throw new GalleryError(
            `openGallery: the server lacks the extension pgvector (${cause.message}). Install it, then ` +
              'run CREATE EXTENSION vector as an administrator of the database.',
            { cause },
          );
        });
      }
      await query('create schema if not exists ft_gallery');
      await query(`create table ft_gallery.network (
        alone boolean primary key default true check (alone),
        format integer not null, model text not null, dimension integer not null, measure text not null)`);
      await query(`create table ft_gallery.image (
        person text collate "C", image text collate "C", embedding vector(${wanted.dimension}) not null,
        enrolled_at timestamptz not null default now(), primary key (person, image))`);
      await query(
        'insert into ft_gallery.network (format, model, dimension, measure) values ($1, $2, $3, $4)',
        [format, wanted.model, wanted.dimension, wanted.measure],
      );
    }
    const [row] = await query('select format, model, dimension, measure from ft_gallery.network');
    return row as unknown as GalleryNetwork & { readonly format: number };
  });
  if (found.format !== format) {
    throw new GalleryError(
      `openGallery: the gallery in ${shown(where)} is of format ${found.format}, this program reads ${format}. ` +
        'Use the release of @ft/gallery that made it.',
    );
  }
  const differs = (['model', 'dimension', 'measure'] as const).find(
    (key) => wanted !== undefined && wanted[key] !== found[key],
  );
  if (differs !== undefined) {
    throw new ModelMismatchError(
      `openGallery: the gallery in ${shown(where)} belongs to the ${differs} ${JSON.stringify(found[differs])} and the ` +
        `one in use is ${JSON.stringify(wanted![differs])}. Use that model, or enrol anew in another gallery.`,
    );
  }
  return { model: found.model, dimension: found.dimension, measure: found.measure };
}

/** A place without a password. */
function shown(where: string): string {
  return where.replace(/\/\/([^/@:]*)(?::[^@]*)?@/, '//$1@');
}

/** Rows that are written by one statement. */
const pageSize = 5000;

function galleryOn(database: Database, network: GalleryNetwork): DurableGallery {
  const { measure } = network;
  const apart = measure === 'cosine' ? 'embedding <=> $1::vector' : 'embedding <-> $1::vector';
  return {
    ...network,
    async enroll(entries) {
      checkEntries(entries, network);
      // In one order for everybody, so that two writers cannot wait for each other; the last of equal ones counts.
      const rows = [...new Map(entries.map((entry) => [keyOf(entry), entry])).entries()]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, entry]) => entry);
      let added = 0;
      await database.transaction(async (query) => {
        for (let from = 0; from < rows.length; from += pageSize) {
          const page = rows.slice(from, from + pageSize);
          const written = await query(
            `insert into ft_gallery.image (person, image, embedding)
             select person, image, embedding::vector
             from unnest($1::text[], $2::text[], $3::text[]) as entry (person, image, embedding)
             on conflict (person, image) do update set embedding = excluded.embedding, enrolled_at = now()
             returning (xmax = 0) as added`,
            [
              page.map(({ person }) => person),
              page.map(({ image }) => image),
              page.map(({ embedding }) => vectorText(embedding)),
            ],
          );
          added += written.filter((row) => row['added'] === true).length;
        }
      });
      return { added, replaced: rows.length - added };
    },
    async remove(person, image) {
      const removed = await database.query(
        `delete from ft_gallery.image where person = $1 and ($2::text is null or image = $2) returning 1`,
        [person, image ?? null],
      );
      return removed.length;
    },
    async list() {
      const people = await database.query(
        `select person, count(*)::int as images, max(enrolled_at) as enrolled_at
         from ft_gallery.image group by person order by person`,
      );
      return people.map((row) => ({
        person: row['person'] as string,
        images: row['images'] as number,
        enrolledAt: row['enrolled_at'] as Date,
      }));
    },
    async nearest(probe, k) {
      checkEmbedding('nearest', 'probe', probe, network);
      if (!Number.isInteger(k) || k < 1) {
        throw new InvalidArgumentError({
          where: 'nearest',
          argument: 'k',
          expected: 'an integer from 1',
          got: k,
        });
      }
      const found = await database.query(
        `select person, image, ${apart} as distance from ft_gallery.image order by distance, person, image limit $2`,
        [vectorText(probe), k],
      );
      return found.map((row) => {
        const distance = row['distance'] as number;
        return {
          person: row['person'] as string,
          image: row['image'] as string,
          distance: measure === 'squared-euclidean' ? distance ** 2 : distance,
        };
      });
    },
    export: () => database.transaction((query) => readContents(query, network)),
    close: () => database.close(),
  };
}

const keyOf = ({ person, image }: Enrolment) => `${person}\0${image}`;

function vectorText(embedding: Float32Array): string {
  return `[${embedding.join(',')}]`;
}
