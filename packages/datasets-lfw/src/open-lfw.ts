import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { FaceImage } from '@ft/datasets';
import type { Lfw, LfwPairs, PeopleList } from './lfw.ts';
import { LfwArchiveError } from './lfw-archive-error.ts';
import { LfwListError } from './lfw-list-error.ts';
import { type LfwProgress, locateImages, unpackIntoCache } from './locate-images.ts';
import { parsePairs } from './parse-pairs.ts';
import { type ListedPerson, parsePeople } from './parse-people.ts';

export interface OpenLfwOptions {
  /** Where an archive is unpacked; made where missing. The next call finds the images there. */
  readonly cacheDir: string;
  readonly onProgress?: (progress: LfwProgress) => void;
  /** Refuse an archive whose checksum is not a published one. Default: true. */
  readonly verifyChecksum?: boolean;
}

/**
 * Opens Labeled Faces in the Wild: images, View 1 and View 2, every list checked against the images.
 *
 * @param source a folder with the six lists (`pairs.txt`, `pairsDevTrain.txt`, `pairsDevTest.txt`,
 *   `people.txt`, `peopleDevTrain.txt`, `peopleDevTest.txt`) and the archive or the unpacked images; or the
 *   archive itself, with the lists beside it
 * @throws LfwArchiveError where the archive is missing, unknown, damaged or unsafe, or images are missing
 * @throws LfwListError where a list is missing or malformed or names what the images do not have
 */
export async function openLfw(
  source: string,
  { cacheDir, onProgress = () => {}, verifyChecksum = true }: OpenLfwOptions,
): Promise<Lfw> {
  const path = resolve(source);
  const found = await stat(path).catch((cause: unknown) => {
    throw new LfwArchiveError(path, 'no such file or folder. Check the path.', { cause });
  });
  const folder = found.isDirectory() ? path : dirname(path);
  const read = (name: string) => readList(join(folder, name));
  const lists = {
    people: parsePeople(await read('people.txt'), 'people.txt'),
    train: parsePeople(await read('peopleDevTrain.txt'), 'peopleDevTrain.txt'),
    test: parsePeople(await read('peopleDevTest.txt'), 'peopleDevTest.txt'),
    pairs: parsePairs(await read('pairs.txt'), 'pairs.txt'),
    trainPairs: parsePairs(await read('pairsDevTrain.txt'), 'pairsDevTrain.txt'),
    testPairs: parsePairs(await read('pairsDevTest.txt'), 'pairsDevTest.txt'),
  };
  const options = { cacheDir: resolve(cacheDir), verifyChecksum, onProgress };
  const { root, variant } = found.isDirectory()
    ? await locateImages(path, options)
    : await unpackIntoCache(path, options);

  const images = await findImages(root, lists.people.flat());
  const positions = new Map(images.map(({ id }, i) => [id, i]));
  const imageCounts = new Map(lists.people.flat().map((person) => [person.name, person.images]));
  const resolvePeople = (people: readonly ListedPerson[], file: string) =>
    resolvePeopleList(people, file, imageCounts, positions);
  const resolvePairs = (list: ReturnType<typeof parsePairs>, file: string) =>
    resolvePairsList(list, file, positions);
  const pairs = resolvePairs(lists.pairs, 'pairs.txt');
  const peopleFolds = lists.people.map((fold) => resolvePeople(fold, 'people.txt'));
  checkFolds(lists.pairs, lists.people);
  return {
    dataset: { name: `lfw ${variant}`, images },
    variant,
    view1: {
      train: resolvePeople(lists.train.flat(), 'peopleDevTrain.txt'),
      test: resolvePeople(lists.test.flat(), 'peopleDevTest.txt'),
      trainPairs: resolvePairs(lists.trainPairs, 'pairsDevTrain.txt'),
      testPairs: resolvePairs(lists.testPairs, 'pairsDevTest.txt'),
    },
    view2: { pairs, peopleFolds },
  };
}

const imageId = (name: string, number: number) => `${name}/${name}_${String(number).padStart(4, '0')}.jpg`;

async function readList(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new LfwListError(
      file,
      undefined,
      'the list cannot be read. Put the six LFW lists beside the images.',
    );
  });
}

async function findImages(root: string, people: readonly ListedPerson[]): Promise<FaceImage[]> {
  const present = new Set(
    (await readdir(root, { recursive: true })).map((path) => path.replaceAll('\\', '/')),
  );
  const ids = people.flatMap(({ name, images }) =>
    Array.from({ length: images }, (_, i) => imageId(name, i + 1)),
  );
  const missing = ids.filter((id) => !present.has(id));
  if (missing.length > 0) {
    throw new LfwArchiveError(
      root,
      `${missing.length} of the ${ids.length} images in people.txt are missing, first ${missing[0]}. Remove the folder and unpack the archive again.`,
    );
  }
  return ids.sort().map((id) => ({ id, identity: id.slice(0, id.indexOf('/')), file: join(root, id) }));
}

function resolvePeopleList(
  people: readonly ListedPerson[],
  file: string,
  imageCounts: ReadonlyMap<string, number>,
  positions: ReadonlyMap<string, number>,
): PeopleList {
  for (const { name, images, line } of people) {
    const expected = imageCounts.get(name);
    if (expected !== images) {
      const got = expected === undefined ? 'does not list that person' : `says ${expected}`;
      throw new LfwListError(file, line, `${name} has ${images} images here, but people.txt ${got}.`);
    }
  }
  const indices = people.flatMap(({ name, images }) =>
    Array.from({ length: images }, (_, i) => positions.get(imageId(name, i + 1))!),
  );
  return { names: people.map(({ name }) => name), images: Int32Array.from(indices).sort() };
}

function resolvePairsList(
  { pairs, foldCount }: ReturnType<typeof parsePairs>,
  file: string,
  positions: ReadonlyMap<string, number>,
): LfwPairs {
  const find = (name: string, number: number, line: number): number => {
    const position = positions.get(imageId(name, number));
    if (position === undefined) {
      throw new LfwListError(file, line, `people.txt has no image ${number} of ${name}.`);
    }
    return position;
  };
  return {
    a: Int32Array.from(pairs, ({ nameA, imageA, line }) => find(nameA, imageA, line)),
    b: Int32Array.from(pairs, ({ nameB, imageB, line }) => find(nameB, imageB, line)),
    same: Uint8Array.from(pairs, ({ same }) => (same ? 1 : 0)),
    fold: Int32Array.from(pairs, ({ fold }) => fold),
    foldCount,
  };
}

/** A model that never saw the people of a fold must never have seen those of its pairs either. */
function checkFolds({ pairs }: ReturnType<typeof parsePairs>, people: readonly ListedPerson[][]): void {
  const foldOf = new Map(people.flatMap((names, fold) => names.map(({ name }) => [name, fold])));
  for (const { nameA, nameB, fold, line } of pairs) {
    for (const name of [nameA, nameB]) {
      if (foldOf.get(name) === fold) continue;
      throw new LfwListError(
        'pairs.txt',
        line,
        `${name} is tested in fold ${fold + 1}, but people.txt has that person in fold ${foldOf.get(name)! + 1}.`,
      );
    }
  }
}
