import { spawn, spawnSync, type SpawnOptions } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

/** Where Debian and Ubuntu keep the server's programs; undefined where there is none. */
export async function findPostgres(): Promise<string | undefined> {
  const root = '/usr/lib/postgresql';
  const versions = await readdir(root).catch(() => []);
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(root, newest, 'bin');
}

/** Starts a server of its own on a free port, with an empty database. */
export async function startPostgres(bin: string): Promise<{ url: string; stop(): Promise<void> }> {
  const data = await mkdtemp('/tmp/ft-postgres-');
  // The server refuses to run as root.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  if (nobody.uid !== undefined) await chown(data, nobody.uid, nobody.gid);
  const options: SpawnOptions = { ...nobody, cwd: data, stdio: 'ignore' };
  const made = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'ft', '--auth=trust', '-N'], options);
  if (made.status !== 0) throw new Error(`initdb failed: ${made.status} ${made.error?.message}`);
  const port = await freePort();
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=`, '-c', 'fsync=off'];
  const server = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings], options);
  const ended = new Promise((resolve) => server.once('exit', resolve));
  return {
    url: `postgres://ft@127.0.0.1:${port}/postgres`,
    async stop() {
      server.kill('SIGINT');
      await ended;
      await rm(data, { recursive: true });
    },
  };
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/**
 * Stands in for pgvector where the server lacks it: a type of that name which keeps its text, and distances by a
 * plain function. Writing, reading and locking are the server's own either way.
 */
export const vectorStandIn = `
  create type vector;
  create function vector_in(cstring, oid, integer) returns vector as 'textin' language internal immutable strict;
  create function vector_out(vector) returns cstring as 'textout' language internal immutable strict;
  create function vector_typmod(cstring[]) returns integer as 'varchartypmodin' language internal immutable strict;
  create type vector (input = vector_in, output = vector_out, typmod_in = vector_typmod, like = text);
  create function vector_distance(a vector, b vector) returns float8 language sql immutable strict as $$
    select sqrt(sum((x - y) ^ 2)) from unnest(
      translate(a::text, '[]', '{}')::float8[], translate(b::text, '[]', '{}')::float8[]) as pair (x, y) $$;
  create operator <-> (leftarg = vector, rightarg = vector, function = vector_distance);`;
