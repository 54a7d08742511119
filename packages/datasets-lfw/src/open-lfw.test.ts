import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { create } from 'tar';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import {
  foldTraining,
  LFW_ALIASES,
  LFW_DOUBTFUL_IMAGES,
  LFW_DUPLICATES,
  LfwArchiveError,
  LfwListError,
  openLfw,
} from './index.ts';

let root: string;
let source: string;
let cacheDir: string;

const counts = { Ann: 3, Bob: 2, Cleo: 1, Dora: 2 };
const lists = {
  'people.txt': '2\n2\nAnn\t3\nBob\t2\n2\nCleo\t1\nDora\t2\n',
  'peopleDevTrain.txt': '2\nAnn\t3\nCleo\t1\n',
  'peopleDevTest.txt': '2\nBob\t2\nDora\t2\n',
  'pairs.txt': '2\t1\nAnn\t1\t3\nAnn\t2\tBob\t1\nDora\t1\t2\nDora\t2\tCleo\t1\n',
  'pairsDevTrain.txt': '1\nAnn\t1\t2\nAnn\t1\tCleo\t1\n',
  'pairsDevTest.txt': '1\nBob\t1\t2\nBob\t1\tDora\t2\n',
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ft-lfw-'));
  source = join(root, 'source');
  cacheDir = join(root, 'cache');
  for (const [name, count] of Object.entries(counts)) {
    const folder = join(source, 'lfw-deepfunneled', name);
    await mkdir(folder, { recursive: true });
    for (let i = 1; i <= count; i++) await writeFile(join(folder, `${name}_000${i}.jpg`), `${name} ${i}`);
  }
  for (const [name, text] of Object.entries(lists)) await writeFile(join(source, name), text);
});
afterEach(() => rm(root, { recursive: true }));

async function makeArchive(): Promise<string> {
  const archive = join(source, 'lfw-deepfunneled.tgz');
  await create({ file: archive, cwd: source, gzip: true }, ['lfw-deepfunneled']);
  await rm(join(source, 'lfw-deepfunneled'), { recursive: true });
  return archive;
}

test('unpacked images: lists become positions in the images', async () => {
  const { dataset, variant, view1, view2 } = await openLfw(source, { cacheDir });
  const id = (position: number) => dataset.images[position]!.id;
  expect(variant).toBe('deep-funneled');
  expect(dataset.images).toHaveLength(8);
  expect(dataset.images[3]).toEqual({
    id: 'Bob/Bob_0001.jpg',
    identity: 'Bob',
    file: join(source, 'lfw-deepfunneled/Bob/Bob_0001.jpg'),
  });
  expect([...view2.pairs.a].map(id)).toEqual([
    'Ann/Ann_0001.jpg',
    'Ann/Ann_0002.jpg',
    'Dora/Dora_0001.jpg',
    'Dora/Dora_0002.jpg',
  ]);
  expect([...view2.pairs.b].map(id)).toEqual([
    'Ann/Ann_0003.jpg',
    'Bob/Bob_0001.jpg',
    'Dora/Dora_0002.jpg',
    'Cleo/Cleo_0001.jpg',
  ]);
  expect([...view2.pairs.same]).toEqual([1, 0, 1, 0]);
  expect([...view2.pairs.fold]).toEqual([0, 0, 1, 1]);
  expect(view2.peopleFolds.map(({ names }) => names)).toEqual([
    ['Ann', 'Bob'],
    ['Cleo', 'Dora'],
  ]);
  expect([...view1.train.images].map(id)).toEqual([
    'Ann/Ann_0001.jpg',
    'Ann/Ann_0002.jpg',
    'Ann/Ann_0003.jpg',
    'Cleo/Cleo_0001.jpg',
  ]);
});

test('the training set of a fold has nobody of that fold', async () => {
  const lfw = await openLfw(source, { cacheDir });
  const { images, trainPairs, testPairs } = foldTraining(lfw, 0);
  expect([...images].map((image) => lfw.dataset.images[image]!.identity)).toEqual(['Cleo', 'Dora', 'Dora']);
  expect([[...trainPairs], [...testPairs]]).toEqual([
    [2, 3],
    [0, 1],
  ]);
  expect(() => foldTraining(lfw, 2)).toThrow('foldTraining: fold must be an integer from 0 to 1, got 2');
});

test('an unknown archive is refused unless it is trusted; then it is unpacked once', async () => {
  const archive = await makeArchive();
  await expect(openLfw(archive, { cacheDir })).rejects.toThrow(
    /sha256 [0-9a-f]{64} is not that of a known LFW/,
  );
  const stages = new Set<string>();
  const options = {
    cacheDir,
    verifyChecksum: false,
    onProgress: ({ stage }: { stage: string }) => stages.add(stage),
  };
  const first = await openLfw(archive, options);
  expect([...stages]).toEqual(['unpack']);
  stages.clear();
  const second = await openLfw(source, options);
  expect(second).toEqual(first);
  expect([...stages]).toEqual([]);
  expect(await readdir(cacheDir)).toHaveLength(1);
});

test('what is missing or contradictory is named', async () => {
  await expect(openLfw(join(root, 'nowhere'), { cacheDir })).rejects.toThrow('no such file or folder');
  const first = join(source, 'lfw-deepfunneled/Bob/Bob_0001.jpg');
  await rename(first, `${first}.bak`);
  const missing = openLfw(source, { cacheDir });
  await expect(missing).rejects.toThrow(
    '1 of the 8 images in people.txt are missing, first Bob/Bob_0001.jpg',
  );
  await expect(missing).rejects.toSatisfy((error) => LfwArchiveError.isInstance(error));
  await rename(`${first}.bak`, first);

  const change = async (file: keyof typeof lists, text: string) => {
    await writeFile(join(source, file), text);
    const opened = openLfw(source, { cacheDir });
    await expect(opened).rejects.toSatisfy((error) => LfwListError.isInstance(error));
    const message = await opened.catch((error: Error) => error.message);
    await writeFile(join(source, file), lists[file]);
    return message;
  };
  expect(await change('pairsDevTrain.txt', '1\nAnn 1 4\nAnn 1 Cleo 1')).toBe(
    'pairsDevTrain.txt:2: people.txt has no image 4 of Ann.',
  );
  expect(await change('pairsDevTest.txt', '1\nBob 1 2\nZoe 1 Cleo 1')).toContain(
    'pairsDevTest.txt:3: people.txt has no image 1 of Zoe',
  );
  expect(await change('peopleDevTest.txt', '1\nBob 3')).toBe(
    'peopleDevTest.txt:2: Bob has 3 images here, but people.txt says 2.',
  );
  expect(await change('peopleDevTrain.txt', '1\nZoe 3')).toContain('people.txt does not list that person');
  expect(await change('pairs.txt', '2 1\nAnn 1 3\nAnn 2 Cleo 1\nDora 1 2\nDora 2 Cleo 1')).toBe(
    'pairs.txt:3: Cleo is tested in fold 1, but people.txt has that person in fold 2.',
  );
  await rm(join(source, 'pairs.txt'));
  await expect(openLfw(source, { cacheDir })).rejects.toThrow('pairs.txt: the list cannot be read');
  await cp(join(source, 'people.txt'), join(source, 'pairs.txt'));
  await rm(join(source, 'lfw-deepfunneled'), { recursive: true });
  await writeFile(join(source, 'pairs.txt'), lists['pairs.txt']);
  await expect(openLfw(source, { cacheDir })).rejects.toThrow('neither an archive (lfw-deepfunneled.tgz');
});

const real = resolve(
  process.env['FT_LFW_DIR'] ?? new URL('../../../../shared/lfw', import.meta.url).pathname,
);
const realCache = join(tmpdir(), `ft-lfw-test-${process.pid}`);
afterAll(() => rm(realCache, { recursive: true, force: true }));

test.skipIf(!existsSync(join(real, 'pairs.txt')))(
  'the real LFW has the published counts and identity-disjoint folds (skipped without FT_LFW_DIR)',
  async () => {
    const { dataset, view1, view2 } = await openLfw(real, { cacheDir: realCache });
    const identities = dataset.images.map(({ identity }) => identity);
    expect(dataset.images).toHaveLength(13_233);
    expect(new Set(identities).size).toBe(5_749);
    expect([view1.train.names.length, view1.train.images.length]).toEqual([4_038, 9_525]);
    expect([view1.test.names.length, view1.test.images.length]).toEqual([1_711, 3_708]);
    const trainPeople = new Set(view1.train.names);
    expect(view1.test.names.some((name) => trainPeople.has(name))).toBe(false);
    expect([view1.trainPairs.a.length, view1.testPairs.a.length]).toEqual([2_200, 1_000]);

    const { pairs, peopleFolds } = view2;
    expect([pairs.a.length, pairs.foldCount]).toEqual([6_000, 10]);
    expect(peopleFolds.map(({ names }) => names.length)).toEqual([
      601, 555, 552, 560, 567, 527, 597, 601, 580, 609,
    ]);
    const foldOf = new Map(peopleFolds.flatMap(({ names }, fold) => names.map((name) => [name, fold])));
    expect(foldOf.size).toBe(5_749);
    expect(pairs.a.every((image, i) => foldOf.get(identities[image]!) === pairs.fold[i])).toBe(true);
    expect(pairs.b.every((image, i) => foldOf.get(identities[image]!) === pairs.fold[i])).toBe(true);
    expect(
      pairs.same.every((same, i) => (same === 1) === (identities[pairs.a[i]!] === identities[pairs.b[i]!])),
    ).toBe(true);
    expect(pairs.same.every((same, i) => same === (i % 600 < 300 ? 1 : 0))).toBe(true);
    expect(new Set([...pairs.a, ...pairs.b]).size).toBe(7_701);
    for (let fold = 0; fold < 10; fold++) {
      const trained = new Set([...foldTraining({ view2 }, fold).images].map((image) => identities[image]!));
      expect(peopleFolds[fold]!.names.some((name) => trained.has(name))).toBe(false);
      expect(trained.size).toBe(5_749 - peopleFolds[fold]!.names.length);
    }

    const ids = new Set(dataset.images.map(({ id }) => id));
    expect([...LFW_DUPLICATES.flat(), ...LFW_DOUBTFUL_IMAGES].filter((id) => !ids.has(id))).toEqual([]);
    expect(LFW_ALIASES.flat().filter((name) => !foldOf.has(name))).toEqual([]);
    const aliased = new Set(LFW_ALIASES.map(([first, second]) => `${first} ${second}`));
    const meets = pairs.a.some((a, i) => {
      const names = [identities[a]!, identities[pairs.b[i]!]!].sort();
      return aliased.has(names.join(' '));
    });
    expect(meets).toBe(false);
  },
);
