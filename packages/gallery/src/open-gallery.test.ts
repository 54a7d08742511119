import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGallery } from '@ft/eval';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openGallery, type DurableGallery } from './index.ts';

const network = { model: 'net a', dimension: 3, measure: 'squared-euclidean' } as const;
const face = (...values: number[]) => Float32Array.from(values);

let home: string;
let where: string;
let gallery: DurableGallery;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-gallery-'));
  where = join(home, 'people');
  gallery = await openGallery(where, { network });
}, 120_000);
afterAll(async () => {
  await gallery.close();
  await rm(home, { recursive: true });
});

test('keeps who was enrolled, replaces an image that comes again, and removes', async () => {
  const first = await gallery.enroll([
    { person: 'Bo', image: '1.jpg', embedding: face(0.1, 0.2, 0.3) },
    { person: 'Ann', image: '1.jpg', embedding: face(1, 0, 0) },
    { person: 'Ann', image: '2.jpg', embedding: face(0, 0, 0) },
  ]);
  expect(first).toEqual({ added: 3, replaced: 0 });
  const again = await gallery.enroll([
    { person: 'Ann', image: '2.jpg', embedding: face(9, 9, 9) },
    { person: 'Ann', image: '2.jpg', embedding: face(0, 1, 1e-7) },
    { person: "O'Neil; --", image: 'é\u{1f600}.jpg', embedding: face(5, 5, 5) },
  ]);
  expect(again).toEqual({ added: 1, replaced: 1 });
  const people = await gallery.list();
  expect(people.map(({ person, images }) => [person, images])).toEqual([
    ['Ann', 2],
    ['Bo', 1],
    ["O'Neil; --", 1],
  ]);
  expect(Math.abs(Date.now() - people[0]!.enrolledAt.getTime())).toBeLessThan(600_000);

  const contents = await gallery.export();
  expect(contents).toMatchObject({ ...network, names: ['Ann', 'Ann', 'Bo', "O'Neil; --"] });
  expect(contents.images).toEqual(['1.jpg', '2.jpg', '1.jpg', 'é\u{1f600}.jpg']);
  // Every bit of a number comes back.
  expect([...contents.embeddings]).toEqual([...face(1, 0, 0, 0, 1, 1e-7, 0.1, 0.2, 0.3, 5, 5, 5)]);
  expect(createGallery(contents).search(face(1, 0, 0)).candidates[0]).toEqual({ name: 'Ann', distance: 0 });

  expect(await gallery.remove('Ann', '1.jpg')).toBe(1);
  expect(await gallery.remove('Ann', '1.jpg')).toBe(0);
  expect(await gallery.remove("O'Neil; --")).toBe(1);
  expect((await gallery.export()).images).toEqual(['2.jpg', '1.jpg']);
});

test('finds the nearest images as a sort of all distances does', async () => {
  for (const { person } of await gallery.list()) await gallery.remove(person);
  const entries = Array.from({ length: 40 }, (_, i) => ({
    person: `p${i % 7}`,
    image: String(i),
    embedding: face(Math.sin(i), Math.cos(3 * i), Math.sin(i * i)),
  }));
  await gallery.enroll(entries);
  const probe = face(0.2, 0.5, -0.1);
  const nearest = await gallery.nearest(probe, 5);
  const sorted = entries
    .map(({ person, image, embedding }) => ({
      person,
      image,
      distance: embedding.reduce((sum, x, i) => sum + (x - probe[i]!) ** 2, 0),
    }))
    .sort((a, b) => a.distance - b.distance);
  expect(nearest.map(({ person, image }) => [person, image])).toEqual(
    sorted.slice(0, 5).map(({ person, image }) => [person, image]),
  );
  for (const [i, { distance }] of nearest.entries()) expect(distance).toBeCloseTo(sorted[i]!.distance, 5);
  expect(await gallery.nearest(probe, 1000)).toHaveLength(40);
});

test('all of an enrolment or nothing', async () => {
  const before = (await gallery.export()).images.length;
  await expect(
    gallery.enroll([
      { person: 'Cy', image: '1', embedding: face(1, 2, 3) },
      { person: 'Cy', image: '2', embedding: face(1, 2, Number.NaN) },
    ]),
  ).rejects.toThrow('enroll: entries[1].embedding must be finite, got');
  expect((await gallery.export()).images).toHaveLength(before);
});

test.each([
  [{ person: '', image: 'a', embedding: face(1, 2, 3) }, 'entries[0].person must be a text, not empty'],
  [{ person: 'a', image: 'b\0', embedding: face(1, 2, 3) }, 'entries[0].image must be a text'],
  [{ person: 'a', image: 'b', embedding: face(1, 2) }, 'entries[0].embedding must be one embedding of 3'],
])('refuses %o', async (entry, message) => {
  await expect(gallery.enroll([entry])).rejects.toThrow(message);
});

test('refuses probes and counts that are none', async () => {
  await expect(gallery.nearest(face(1), 1)).rejects.toThrow('probe must be one embedding of 3 numbers');
  await expect(gallery.nearest(face(1, 2, 3), 0)).rejects.toThrow('k must be an integer from 1, got 0');
});

test('a second opener waits for its turn, and is told who is in the way', async () => {
  await expect(openGallery(where, { network, patience: 0.2 })).rejects.toMatchObject({
    code: 'FT_GALLERY_BUSY',
    message: expect.stringContaining(`in use by process ${process.pid}`),
  });
  const second = openGallery(where, { network });
  await gallery.enroll([{ person: 'Zoe', image: '1', embedding: face(7, 7, 7) }]);
  await gallery.close();
  gallery = await second;
  expect((await gallery.list()).map(({ person }) => person)).toContain('Zoe');
});

test('another network is refused, and the same one is not', async () => {
  await gallery.close();
  for (const [other, what] of [
    [{ ...network, model: 'net b' }, 'model "net a" and the one in use is "net b"'],
    [{ ...network, dimension: 4 }, 'dimension 3 and the one in use is 4'],
    [{ ...network, measure: 'cosine' }, 'measure "squared-euclidean" and the one in use is "cosine"'],
  ] as const) {
    await expect(openGallery(where, { network: other })).rejects.toMatchObject({
      code: 'FT_MODEL_MISMATCH',
      message: expect.stringContaining(what),
    });
  }
  gallery = await openGallery(where);
  expect(gallery).toMatchObject(network);
}, 60_000);

test.each([
  [{ ...network, model: '' }, 'network.model must be a text, not empty'],
  [{ ...network, dimension: 0 }, 'network.dimension must be an integer from 1 to 16000, got 0'],
  [{ ...network, measure: 'manhattan' as 'cosine' }, "network.measure must be 'euclidean'"],
])('refuses the network %o', async (wrong, message) => {
  await expect(openGallery(join(home, 'never'), { network: wrong })).rejects.toThrow(message);
});

test('refuses a folder of something else, and a server that is not there', async () => {
  const folder = join(home, 'photos');
  await mkdir(folder);
  await writeFile(join(folder, 'a.jpg'), '');
  await expect(openGallery(join(home, 'nowhere'))).rejects.toThrow('there is no gallery in');
  expect(await readdir(home)).not.toContain('nowhere');
  await expect(openGallery(folder, { network })).rejects.toThrow('is not a gallery: it holds "a.jpg"');
  await expect(openGallery('postgres://ann:secret@127.0.0.1:1/x', { network })).rejects.toThrow(
    /the PostgreSQL server postgres:\/\/ann@127.0.0.1:1\/x cannot be reached \(.+\)/,
  );
});
