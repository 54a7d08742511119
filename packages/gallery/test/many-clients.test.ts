import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGallery } from '../src/index.ts';
import { findPostgres, startPostgres, vectorStandIn } from './start-postgres.ts';

const network = { model: 'm', dimension: 4, measure: 'euclidean' } as const;
const entry = (i: number) => ({ person: 'x', image: `${i}`, embedding: Float32Array.of(i, 0.1, 0, 1) });
const postgres = await findPostgres();

let home: string;
let client: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-gallery-'));
  // Inside the package, so that its dependencies are found.
  const outDir = fileURLToPath(new URL('../node_modules/.ft-test', import.meta.url));
  await build({
    entry: [fileURLToPath(new URL('enroll-client.ts', import.meta.url))],
    outDir,
    config: false,
    format: 'esm',
    silent: true,
    noExternal: [/^@ft\//],
    external: ['pg', /^@electric-sql\//],
    esbuildOptions(options) {
      options.conditions = ['@ft/source'];
    },
  });
  client = join(outDir, 'enroll-client.js');
}, 60_000);
afterAll(() => rm(home, { recursive: true }));

/** Starts a client; `acknowledged` grows while it runs. */
function enrolling(where: string, person: string, count: number) {
  const child = spawn(process.execPath, [client, where, person, String(count)]);
  const acknowledged: string[] = [];
  let error = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    acknowledged.push(...text.split('\n').filter((line) => line !== ''));
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, error }));
  return { child, acknowledged, ended };
}

async function eightAtOnce(where: string) {
  const clients = Array.from({ length: 8 }, (_, i) => enrolling(where, `person ${i}`, 5));
  for (const { ended } of clients) expect(await ended).toEqual({ code: 0, error: '' });
  const gallery = await openGallery(where, { network });
  const people = await gallery.list();
  await gallery.close();
  expect(
    people.filter(({ person }) => person.startsWith('person')).map(({ person, images }) => [person, images]),
  ).toEqual(Array.from({ length: 8 }, (_, i) => [`person ${i}`, 5]));
}

test('eight processes that enrol at once lose nothing', async () => {
  await eightAtOnce(join(home, 'people'));
}, 240_000);

test('a killed process leaves all that was acknowledged, and does not lock others out', async () => {
  const where = join(home, 'people');
  for (const person of ['first', 'second']) {
    const { child, acknowledged, ended } = enrolling(where, person, 1_000_000);
    while (acknowledged.length < 20 && child.exitCode === null) await sleep(5);
    expect(child.exitCode).toBeNull();
    child.kill('SIGKILL');
    await ended;
    const gallery = await openGallery(where, { network, patience: 5 });
    const { names, images, embeddings } = await gallery.export();
    await gallery.close();
    const kept = images.filter((_, i) => names[i] === person).map(Number);
    // The last one may have been written without a chance to say so.
    expect(kept.length - acknowledged.length).toBeOneOf([0, 1]);
    expect(kept.sort((a, b) => a - b)).toEqual(kept.map((_, i) => i));
    expect(images.map((image, i) => embeddings[4 * i] === Number(image))).not.toContain(false);
  }
}, 240_000);

test.skipIf(postgres === undefined)(
  'PostgreSQL (skipped where /usr/lib/postgresql is missing): the same with a server, which knows the same SQL',
  async () => {
    const server = await startPostgres(postgres!);
    try {
      const administrator = new pg.Client(server.url);
      for (let attempt = 0; ; attempt++) {
        const connected = await openGallery(server.url).catch((error: Error) => error);
        if (!String(connected).includes('cannot be reached')) break;
        expect(attempt).toBeLessThan(200);
        await sleep(100);
      }
      await administrator.connect();
      // pgvector comes with few servers. One that lacks it is refused, and then gets a stand-in.
      const available = await administrator.query(
        "select 1 from pg_available_extensions where name = 'vector'",
      );
      const lacks = available.rowCount === 0;
      const refusal = await openGallery(server.url, { network }).then(
        (opened) => opened.close(),
        (error: Error) => error.message,
      );
      expect(String(refusal)).toMatch(
        lacks
          ? /^openGallery: the server lacks the extension pgvector \(.+\)\. Install it, then run CREATE EXTENSION vector/
          : /^undefined$/,
      );
      if (lacks) await administrator.query(vectorStandIn);
      await administrator.end();
      await eightAtOnce(server.url);

      const gallery = await openGallery(server.url, { network });
      // Writers of the same rows in opposite orders would wait for each other.
      const rows = Array.from({ length: 300 }, (_, i) => entry(i));
      await Promise.all([gallery.enroll(rows), gallery.enroll([...rows].reverse()), gallery.enroll(rows)]);
      expect(await gallery.remove('x', '299')).toBe(1);
      expect(await gallery.nearest(Float32Array.of(297.4, 0.1, 0, 1), 2)).toEqual([
        { person: 'x', image: '297', distance: expect.closeTo(0.4, 4) },
        { person: 'x', image: '298', distance: expect.closeTo(0.6, 4) },
      ]);
      const { embeddings, names } = await gallery.export();
      expect(names).toHaveLength(40 + 299);
      expect([...embeddings.subarray(-4)]).toEqual([...Float32Array.of(99, 0.1, 0, 1)]);
      await gallery.close();
      await expect(
        openGallery(server.url, { network: { ...network, model: 'other' } }),
      ).rejects.toMatchObject({ code: 'FT_MODEL_MISMATCH' });
    } finally {
      await server.stop();
    }
  },
  240_000,
);
