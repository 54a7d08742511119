import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGallery, type Enrolment } from '../src/index.ts';
import { freePort } from './start-postgres.ts';

let database: PGlite;
let server: PGLiteSocketServer;
let url: string;
beforeAll(async () => {
  database = await PGlite.create({ extensions: { vector } });
  const port = await freePort();
  server = new PGLiteSocketServer({ db: database, port, host: '127.0.0.1', maxConnections: 16 });
  await server.start();
  url = `postgres://postgres@127.0.0.1:${port}/postgres`;
}, 120_000);
afterAll(async () => {
  await server.stop();
  await database.close();
});

const distances = {
  euclidean: (a: Float32Array, b: Float32Array) => Math.sqrt(distances['squared-euclidean'](a, b)),
  'squared-euclidean': (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0),
  cosine: (a: Float32Array, b: Float32Array) =>
    1 - a.reduce((sum, value, i) => sum + value * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b),
};

test.each(['euclidean', 'squared-euclidean', 'cosine'] as const)(
  "by a server's connection string, with the real extension: %s",
  async (measure) => {
    await database.exec('drop schema if exists ft_gallery cascade');
    const network = { model: 'net', dimension: 3, measure } as const;
    const [first, second] = [await openGallery(url, { network }), await openGallery(url, { network })];
    const { rows } = await database.query<{ extversion: string }>(
      "select extversion from pg_extension where extname = 'vector'",
    );
    expect(rows).toHaveLength(1);
    const entries = Array.from({ length: 60 }, (_, i): Enrolment => ({
      person: `p${i % 9}`,
      image: String(i),
      embedding: Float32Array.of(Math.sin(i), Math.cos(3 * i), Math.sin(i * i) + 0.01),
    }));
    const enrolled = await Promise.all([
      first.enroll(entries.slice(0, 40)),
      second.enroll(entries.slice(20).reverse()),
    ]);
    expect(enrolled[0].added + enrolled[1].added).toBe(60);
    expect(enrolled[0].replaced + enrolled[1].replaced).toBe(20);

    const probe = Float32Array.of(0.2, 0.5, -0.1);
    const sorted = entries
      .map(({ image, embedding }) => ({ image, distance: distances[measure](embedding, probe) }))
      .sort((a, b) => a.distance - b.distance);
    const nearest = await second.nearest(probe, 7);
    expect(nearest.map(({ image }) => image)).toEqual(sorted.slice(0, 7).map(({ image }) => image));
    for (const [i, { distance }] of nearest.entries()) expect(distance).toBeCloseTo(sorted[i]!.distance, 5);

    const { images, embeddings } = await first.export();
    for (const { image, embedding } of entries) {
      const at = 3 * images.indexOf(image);
      expect([...embeddings.subarray(at, at + 3)]).toEqual([...embedding]);
    }
    expect(await first.remove('p3', '3')).toBe(1);
    expect((await second.list()).find(({ person }) => person === 'p3')!.images).toBe(6);
    await expect(
      first.enroll([entries[0]!, { ...entries[1]!, embedding: Float32Array.of(1, 2, Number.NaN) }]),
    ).rejects.toMatchObject({ code: 'FT_INVALID_ARGUMENT' });
    await Promise.all([first.close(), second.close()]);
    await expect(openGallery(url, { network: { ...network, model: 'other' } })).rejects.toMatchObject({
      code: 'FT_MODEL_MISMATCH',
    });
  },
  120_000,
);
