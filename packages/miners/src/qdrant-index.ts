import { randomUUID } from 'node:crypto';
import { InvalidArgumentError } from '@ft/errors';
import type { DistanceMeasure } from '@ft/miner-api';
import { z } from 'zod';
import { requireCount, rowsOf } from './index-arguments.ts';
import { IndexFailedError, IndexUnavailableError } from './index-errors.ts';
import type { NeighborIndex } from './neighbor-index.ts';
import { rowBatches, rowsPerRequest } from './row-batches.ts';

export interface QdrantIndexOptions {
  /** Coordinates of an embedding, at least 1. */
  readonly dimension: number;
  /** Default `'euclidean'`. */
  readonly measure?: DistanceMeasure;
  /** Where the server's REST interface is, e.g. `http://localhost:6333`. */
  readonly url: string;
  /** The collection to make; it must not exist. Default: a new name that begins with `ft-neighbors-`. */
  readonly collection?: string;
  readonly apiKey?: string;
  /** Compare with everything instead of searching the graph? Default false. */
  readonly exact?: boolean;
  /** How many candidates are weighed in a search of the graph, at least 1. Default 128. */
  readonly expansionSearch?: number;
  /** Milliseconds a request may take, at least 1. Default 60,000. */
  readonly timeLimit?: number;
}

const searchResult = z.array(z.object({ points: z.array(z.object({ id: z.int(), score: z.number() })) }));

/**
 * A neighbour index on a Qdrant server or cluster, version 1.10 or newer, over its REST interface.
 *
 * The collection belongs to the index: `close` deletes it. Of equal distances the order is settled, by number,
 * but not which of them are among the k.
 *
 * @throws InvalidArgumentError on a wrong option; IndexUnavailableError where the server cannot be reached or
 *   does not answer in time; IndexFailedError where it refuses, as when it has the collection already; `add` and
 *   `search` throw as those of {@link exactIndex} do, and these two
 */
export async function qdrantIndex({
  dimension,
  measure = 'euclidean',
  url,
  collection = `ft-neighbors-${randomUUID()}`,
  apiKey,
  exact = false,
  expansionSearch = 128,
  timeLimit = 60_000,
}: QdrantIndexOptions): Promise<NeighborIndex> {
  const where = 'qdrantIndex';
  for (const [name, got] of Object.entries({ dimension, expansionSearch, timeLimit })) {
    requireCount(where, name, got);
  }
  if (!/^https?:\/\/./.test(url) || !URL.canParse(url)) {
    throw new InvalidArgumentError({
      where,
      argument: 'url',
      expected: 'an http or https address',
      got: url,
    });
  }
  if (!/^[\w-]{1,255}$/.test(collection)) {
    const expected = 'letters, digits, underscores and hyphens, at most 255';
    throw new InvalidArgumentError({ where, argument: 'collection', expected, got: collection });
  }
  const base = `${url.replace(/\/+$/, '')}/collections/${collection}`;

  async function request(method: 'PUT' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    let status: number;
    let text: string;
    try {
      const response = await fetch(base + path, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(apiKey === undefined ? {} : { 'api-key': apiKey }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(timeLimit),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw new IndexUnavailableError(
        `qdrantIndex: ${method} ${base}${path} got no answer within ${timeLimit} ms (${reasonOf(cause)}). ` +
          'Check that the server runs and the address is right.',
        { cause },
      );
    }
    const answer = parsed(text);
    if (status >= 200 && status < 300 && answer !== undefined) return answer.result;
    const reason = answer?.status?.error ?? (text.slice(0, 200) || 'no reason given');
    throw new IndexFailedError(`qdrantIndex: ${method} ${base}${path} was refused with ${status}: ${reason}`);
  }

  const create = () =>
    request('PUT', '', {
      vectors: { size: dimension, distance: measure === 'cosine' ? 'Cosine' : 'Euclid' },
    });
  const perRequest = rowsPerRequest(dimension);
  let size = 0;
  await create();
  return {
    dimension,
    measure,
    size: () => size,
    async add(embeddings) {
      const all = rowsOf(where, 'embeddings', embeddings, dimension);
      for (const rows of rowBatches(all, perRequest)) {
        const vectors = Array.from(rowBatches(rows, 1), ({ data }) => [...data]);
        const ids = vectors.map((_, i) => size + i);
        await request('PUT', '/points?wait=true', { batch: { ids, vectors } });
        size += rows.count;
      }
    },
    async search(queries, k) {
      requireCount(where, 'k', k);
      const all = rowsOf(where, 'queries', queries, dimension);
      const items = new Int32Array(all.count * k).fill(-1);
      const distances = new Float32Array(all.count * k).fill(Infinity);
      const params = exact ? { exact } : { hnsw_ef: Math.max(k, expansionSearch) };
      for (const rows of rowBatches(all, perRequest)) {
        const searches = Array.from(rowBatches(rows, 1), ({ data }) => ({
          query: [...data],
          limit: k,
          params,
        }));
        const found = searchResult.safeParse(await request('POST', '/points/query/batch', { searches }));
        if (!found.success || found.data.length !== rows.count) {
          throw new IndexFailedError(
            `qdrantIndex: ${base} answered a search in a form that is not Qdrant's. Is it Qdrant 1.10 or newer?`,
          );
        }
        found.data.forEach(({ points }, row) => {
          const nearest = points
            .map(({ id, score }) => ({ id, distance: distanceOf(score, measure) }))
            .sort((a, b) => a.distance - b.distance || a.id - b.id);
          nearest.slice(0, k).forEach(({ id, distance }, i) => {
            items[(rows.first + row) * k + i] = id;
            distances[(rows.first + row) * k + i] = distance;
          });
        });
      }
      return { queries: all.count, k, items, distances };
    },
    async clear() {
      await request('DELETE', '');
      size = 0;
      await create();
    },
    async close() {
      await request('DELETE', '');
    },
  };
}

/** Qdrant scores by Euclidean distance, or by the cosine itself. */
function distanceOf(score: number, measure: DistanceMeasure): number {
  if (measure === 'cosine') return Math.max(0, 1 - score);
  return measure === 'squared-euclidean' ? score ** 2 : score;
}

interface Answer {
  readonly result?: unknown;
  readonly status?: { readonly error?: string } | undefined;
}

/** The answer's object; undefined where a proxy, say, answered with something else. */
function parsed(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function reasonOf(cause: unknown): string {
  const { message, cause: inner } = cause as Error;
  return inner instanceof Error ? inner.message : message;
}
