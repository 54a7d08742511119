import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Collection {
  readonly size: number;
  readonly distance: 'Cosine' | 'Euclid';
  readonly points: Map<number, number[]>;
}

/** A refusal, in the words of the real server. */
class Refusal {
  constructor(
    readonly status: number,
    readonly error: string,
  ) {}
}

/**
 * The part of Qdrant's REST interface that the index uses, on loopback: the same paths, bodies, answers and
 * refusals, with an exact search.
 */
export async function fakeQdrant({ apiKey }: { apiKey?: string } = {}) {
  const collections = new Map<string, Collection>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type }).end(body);
    if (apiKey !== undefined && request.headers['api-key'] !== apiKey) {
      send(401, 'text/plain', 'Must provide an API key or an Authorization bearer token');
      return;
    }
    requests.push(`${request.method} ${request.url}`);
    void bodyOf(request).then((body) => {
      try {
        const result = answer(collections, request.method!, request.url!, body);
        send(200, 'application/json', JSON.stringify({ result, status: 'ok', time: 0.001 }));
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        const { status, error } = refusal;
        send(status, 'application/json', JSON.stringify({ status: { error }, time: 0.001 }));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    collections,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Body {
  vectors: { size: number; distance: Collection['distance'] };
  batch: { ids: number[]; vectors: number[][] };
  searches: { query: number[]; limit: number; params: object }[];
}

function answer(collections: Map<string, Collection>, method: string, url: string, body: Body): unknown {
  const [, name, path] = /^\/collections\/([^/?]+)(.*)$/.exec(url)!;
  if (method === 'DELETE' && path === '') return collections.delete(name!);
  if (method === 'PUT' && path === '') {
    if (collections.has(name!)) throw new Refusal(409, `Wrong input: Collection \`${name}\` already exists!`);
    collections.set(name!, { ...body.vectors, points: new Map() });
    return true;
  }
  const collection = collections.get(name!);
  if (collection === undefined) throw new Refusal(404, `Not found: Collection \`${name}\` doesn't exist!`);
  const checked = (vector: number[]) => {
    if (vector.length === collection.size) return collection.distance === 'Cosine' ? unit(vector) : vector;
    throw new Refusal(
      400,
      `Wrong input: Vector dimension error: expected dim: ${collection.size}, got ${vector.length}`,
    );
  };
  if (method === 'PUT' && path === '/points?wait=true') {
    body.batch.ids.forEach((id, i) => collection.points.set(id, checked(body.batch.vectors[i]!)));
    return { operation_id: 0, status: 'completed' };
  }
  if (method === 'POST' && path === '/points/query/batch') {
    return body.searches.map(({ query, limit }) => {
      const sought = checked(query);
      const points = [...collection.points].map(([id, vector]) => ({
        id,
        version: 0,
        score: Math.fround(score(sought, vector, collection.distance)),
      }));
      points.sort((a, b) => (collection.distance === 'Cosine' ? b.score - a.score : a.score - b.score));
      return { points: points.slice(0, limit) };
    });
  }
  throw new Refusal(404, 'Not found');
}

function score(a: number[], b: number[], distance: Collection['distance']): number {
  if (distance === 'Cosine') return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  return Math.hypot(...a.map((x, i) => x - b[i]!));
}

/** Qdrant normalises what it compares by cosine when it comes in. */
function unit(vector: number[]): number[] {
  const length = Math.hypot(...vector) || 1;
  return vector.map((x) => x / length);
}

async function bodyOf(request: IncomingMessage): Promise<Body> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text === '' ? '{}' : text) as Body;
}
