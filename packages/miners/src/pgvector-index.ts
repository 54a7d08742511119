import { randomUUID } from 'node:crypto';
import { InvalidArgumentError } from '@ft/errors';
import type { DistanceMeasure } from '@ft/miner-api';
import type { Rows } from './distance-block.ts';
import { requireCount, rowsOf } from './index-arguments.ts';
import { IndexFailedError, IndexUnavailableError } from './index-errors.ts';
import type { NeighborIndex } from './neighbor-index.ts';
import { rowBatches, rowsPerRequest } from './row-batches.ts';

/** Runs one SQL statement with parameters `$1`, `$2`, ... The `query` of a pool of the package `pg` fits as it is. */
export type PostgresQuery = (
  sql: string,
  parameters: unknown[],
) => Promise<{ readonly rows: readonly Record<string, unknown>[] }>;

export interface PgvectorIndexOptions {
  /** Coordinates of an embedding, at least 1; at most 16,000, or 2,000 with `approximate`. */
  readonly dimension: number;
  /** Default `'euclidean'`. */
  readonly measure?: DistanceMeasure;
  /** A server with pgvector 0.8 or newer. Default: one of its own, in memory, by the optional package PGlite. */
  readonly query?: PostgresQuery;
  /** The table to make; it must not exist. Default: a new name that begins with `ft_neighbors_`. */
  readonly table?: string;
  /**
   * Search a navigable graph, built at the first search, instead of comparing with everything. With `'cosine'`
   * the graph leaves out embeddings of zeros. Default false.
   */
  readonly approximate?: boolean;
  /** How many candidates are weighed in an approximate search, 1 to 1000; at least `k` are. Default 64. */
  readonly expansionSearch?: number;
}

/**
 * A neighbour index in PostgreSQL with the extension pgvector, for what outgrows one process.
 *
 * Without `approximate`, the answers are those of {@link exactIndex}. The table belongs to the index: `close`
 * drops it.
 *
 * @throws InvalidArgumentError on a wrong option; IndexUnavailableError where PGlite is needed and cannot be
 *   loaded; IndexFailedError where the database refuses, as when it lacks the extension or has the table already;
 *   `add` and `search` throw as those of {@link exactIndex} do, and IndexFailedError
 */
export async function pgvectorIndex({
  dimension,
  measure = 'euclidean',
  query,
  table = `ft_neighbors_${randomUUID().replaceAll('-', '')}`,
  approximate = false,
  expansionSearch = 64,
}: PgvectorIndexOptions): Promise<NeighborIndex> {
  const where = 'pgvectorIndex';
  requireCount(where, 'dimension', dimension);
  if (!Number.isInteger(expansionSearch) || expansionSearch < 1 || expansionSearch > MOST_CANDIDATES) {
    throw new InvalidArgumentError({
      where,
      argument: 'expansionSearch',
      expected: `an integer from 1 to ${MOST_CANDIDATES}`,
      got: expansionSearch,
    });
  }
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(table)) {
    const expected = 'lower-case letters, digits and underscores, at most 63';
    throw new InvalidArgumentError({ where, argument: 'table', expected, got: table });
  }
  const database = query === undefined ? await embedded() : { query, close: async () => {} };
  const run = (what: string, sql: string, parameters: unknown[] = []) =>
    database.query(sql, parameters).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new IndexFailedError(
        `pgvectorIndex: the database failed to ${what} table "${table}": ${reason}.`,
        {
          cause,
        },
      );
    });
  const perRequest = rowsPerRequest(dimension);
  const cosine = measure === 'cosine';
  let size = 0;
  let indexed = false;
  try {
    await run('load the extension vector for', 'CREATE EXTENSION IF NOT EXISTS vector');
    await run(
      'create the',
      `CREATE UNLOGGED TABLE "${table}" (item integer PRIMARY KEY, embedding vector(${dimension}) NOT NULL)`,
    );
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    dimension,
    measure,
    size: () => size,
    async add(embeddings) {
      const rows = rowsOf(where, 'embeddings', embeddings, dimension);
      for (const part of rowBatches(rows, perRequest)) {
        await run(
          'add rows to',
          `INSERT INTO "${table}" SELECT $1::int + line::int - 1, coordinates::vector FROM ${LINES}`,
          [size, asLines(part)],
        );
        size += part.count;
      }
    },
    async search(queries, k) {
      requireCount(where, 'k', k);
      const all = rowsOf(where, 'queries', queries, dimension);
      const items = new Int32Array(all.count * k).fill(-1);
      const distances = new Float32Array(all.count * k).fill(Infinity);
      if (approximate && !indexed && size > 0) {
        const operators = cosine ? 'vector_cosine_ops' : 'vector_l2_ops';
        await run('build the graph of', `CREATE INDEX ON "${table}" USING hnsw (embedding ${operators})`);
        indexed = true;
      }
      // The angle to an embedding of zeros is not a number; it counts as a right one, as everywhere.
      const operator = `embedding ${cosine ? '<=>' : '<->'} coordinates`;
      const distance = cosine ? `coalesce(nullif(${operator}, 'NaN'), 1)` : operator;
      const statement =
        `WITH setting AS MATERIALIZED (SELECT ${approximate ? GRAPH_SETTINGS : '$3::text'}), ` +
        `query AS MATERIALIZED (SELECT line, coordinates::vector(${dimension}) FROM setting, ${LINES}) ` +
        'SELECT line::int - 1 AS query, item, distance FROM query CROSS JOIN LATERAL (' +
        `SELECT item, ${distance} AS distance FROM "${table}" ` +
        `ORDER BY ${approximate ? operator : 'distance, item'} LIMIT $1) AS nearest ` +
        'ORDER BY query, distance, item';
      const candidates = String(Math.min(MOST_CANDIDATES, Math.max(k, expansionSearch)));
      for (const part of rowBatches(all, perRequest)) {
        const { rows } = await run('search', statement, [k, asLines(part), candidates]);
        const found = new Int32Array(part.count);
        for (const row of rows) {
          const line = Number(row['query']);
          const cell = (part.first + line) * k + found[line]!++;
          const got = Number(row['distance']);
          items[cell] = Number(row['item']);
          distances[cell] = measure === 'squared-euclidean' ? got ** 2 : got;
        }
      }
      return { queries: all.count, k, items, distances };
    },
    async clear() {
      await run('empty', `TRUNCATE "${table}"`);
      size = 0;
    },
    async close() {
      await run('drop', `DROP TABLE IF EXISTS "${table}"`).finally(() => database.close());
    },
  };
}

const MOST_CANDIDATES = 1000;
/** The settings hold for the one statement, so that any connection of a pool will do. */
const GRAPH_SETTINGS =
  "set_config('hnsw.ef_search', $3, true), set_config('hnsw.iterative_scan', 'strict_order', true)";
/** Rows travel as one text, which every driver passes on alike. */
const LINES = "unnest(string_to_array($2, E'\\n')) WITH ORDINALITY AS lines (coordinates, line)";

function asLines(rows: Rows): string {
  return Array.from(rowBatches(rows, 1), ({ data }) => `[${data.join(',')}]`).join('\n');
}

async function embedded(): Promise<{ query: PostgresQuery; close: () => Promise<void> }> {
  const { PGlite, vector } = await loadPglite();
  const database = await PGlite.create({ extensions: { vector } });
  return {
    query: (sql, parameters) => database.query<Record<string, unknown>>(sql, parameters),
    close: () => database.close(),
  };
}

async function loadPglite() {
  try {
    const [{ PGlite }, { vector }] = await Promise.all([
      import('@electric-sql/pglite'),
      import('@electric-sql/pglite-pgvector'),
    ]);
    return { PGlite, vector };
  } catch (cause) {
    throw new IndexUnavailableError(
      'pgvectorIndex without a query needs the packages @electric-sql/pglite and @electric-sql/pglite-pgvector, ' +
        'which could not be loaded. Install both, or hand over the query of a server.',
      { cause },
    );
  }
}
