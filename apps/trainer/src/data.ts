import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  imageFolder,
  packImages,
  samplePairs,
  selectImages,
  splitIdentities,
  syntheticIdentities,
  type FaceDataset,
  type PackedImages,
  type SquareCrop,
} from '@ft/datasets';
import { LFW_CROP, openLfw, type LfwCategory, type LfwPairs } from '@ft/datasets-lfw';
import { cacheDirectory } from '@ft/engine';
import { InvalidArgumentError } from '@ft/errors';
import type { VerificationProtocol } from '@ft/eval';
import { createRandom } from '@ft/random';
import type { RunConfig } from './config.ts';
import type { Output } from './console-output.ts';

/** Pairs of images that a network is measured on. */
export interface EvaluationSet {
  readonly protocol: VerificationProtocol;
  readonly images: PackedImages;
  /** Positions in `images`. */
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** 1 where both images are of one person. */
  readonly same: Uint8Array;
  readonly folds: Int32Array;
}

/** What a run trains on and is measured on: people of one are never people of the other. */
export interface RunData {
  readonly name: string;
  /** The LFW category of a result, or the kind of data. */
  readonly category: LfwCategory | 'own images' | 'synthetic';
  readonly train: PackedImages;
  readonly trainIdentities: readonly string[];
  readonly evaluation: EvaluationSet;
}

type DataConfig = Pick<RunConfig, 'data' | 'onDamaged' | 'holdout' | 'seed'> & {
  readonly model: { readonly size: number };
};

const FOLDS = 10;

/**
 * Decodes the images of a run, from the cache where they were decoded before.
 *
 * @throws InvalidArgumentError where the source is none of `lfw:DIR`, `folder:DIR` and `synthetic`
 */
export async function prepareData(config: DataConfig, output: Output): Promise<RunData> {
  const [kind, path] = splitSource(config.data);
  switch (kind) {
    case 'synthetic':
      return syntheticData(config, output);
    case 'folder':
      return folderData(path, config, output);
    case 'lfw':
      return lfwData(path, config, output);
  }
}

/** The LFW that `--lfw`, `FT_LFW_DIR` or `../shared/lfw` names, as an absolute path; undefined where there is none. */
export async function findLfw(asked: string | undefined): Promise<string | undefined> {
  const named = asked ?? process.env['FT_LFW_DIR'];
  // A place that somebody named is used as it is: if it is missing, opening it says so.
  if (named !== undefined && named !== '') return resolve(named);
  const usual = resolve('../shared/lfw');
  return access(usual).then(
    () => usual,
    () => undefined,
  );
}

const imageCache = () => join(cacheDirectory(), 'images');

function splitSource(source: string): ['synthetic', ''] | ['folder' | 'lfw', string] {
  if (source === 'synthetic') return ['synthetic', ''];
  const match = /^(lfw|folder):(.+)$/.exec(source);
  if (match === null) {
    throw new InvalidArgumentError({
      where: 'ft',
      argument: '--data',
      expected: 'lfw:DIR, folder:DIR or synthetic',
      got: source,
    });
  }
  return [match[1] as 'folder' | 'lfw', match[2]!];
}

async function syntheticData(config: DataConfig, output: Output): Promise<RunData> {
  const progress = output.progress('Drawing synthetic identities');
  // The drawings are one data set: the run's seed does not change them, so that runs can be compared.
  const all = syntheticIdentities({
    identities: 300,
    imagesPerIdentity: 10,
    size: config.model.size,
    seed: 2018,
    onProgress: (done, total) => progress.update(done, total),
  });
  progress.end();
  return splitData('synthetic identities', 'synthetic', all, { holdout: config.holdout, seed: 2018 });
}

async function folderData(path: string, config: DataConfig, output: Output): Promise<RunData> {
  const dataset = await imageFolder(path);
  const all = await pack(dataset, undefined, config, output);
  return splitData(dataset.name, 'own images', all, config);
}

function splitData(
  name: string,
  category: RunData['category'],
  all: PackedImages,
  { holdout, seed }: { holdout: number; seed: number },
): RunData {
  const random = createRandom(seed, 'split');
  const { train, test } = splitIdentities(all.labels, { fraction: holdout, random });
  const images = selectImages(all, test);
  const counts = new Map<number, number>();
  for (const label of images.labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  let same = 0;
  for (const count of counts.values()) same += (count * (count - 1)) / 2;
  const different = (images.count * (images.count - 1)) / 2 - same;
  const perFold = Math.floor(Math.min(same, different, 1500) / FOLDS);
  if (perFold < 1) {
    throw new InvalidArgumentError({
      where: 'ft',
      argument: `the ${counts.size} people held out for measuring`,
      expected: `enough to form ${FOLDS} pairs of one person and ${FOLDS} of two`,
      got: `${same} and ${different}`,
      remedy: 'Add people with several images each, or hold out a larger share with --holdout.',
    });
  }
  const pairs = samplePairs(images.labels, { count: 2 * FOLDS * perFold, random });
  const trainImages = selectImages(all, train);
  return {
    name,
    category,
    train: trainImages,
    trainIdentities: identitiesOf(trainImages),
    evaluation: { protocol: 'pairs', images, ...pairs, folds: tenFolds(pairs.same) },
  };
}

async function lfwData(path: string, config: DataConfig, output: Output): Promise<RunData> {
  const lfw = await openLfwFrom(path, output);
  const { train, testPairs } = lfw.view1;
  const counts = new Map<string, number>();
  const identity = (index: number) => lfw.dataset.images[index]!.identity;
  for (const index of train.images) counts.set(identity(index), (counts.get(identity(index)) ?? 0) + 1);
  const usable = train.images.filter((index) => counts.get(identity(index))! >= 2);
  const trainImages = await pack(
    subset(lfw.dataset, usable, 'View 1 training people'),
    LFW_CROP,
    config,
    output,
  );
  return {
    name: lfw.dataset.name,
    category: 'unrestricted, no outside data',
    train: trainImages,
    trainIdentities: identitiesOf(trainImages),
    evaluation: await pairsOf(lfw.dataset, testPairs, 'lfw-view1', config, output),
  };
}

/** The pairs of an LFW view, with the images that they need. */
export async function lfwEvaluation(
  path: string,
  protocol: 'lfw-view1' | 'lfw-view2',
  config: DataConfig,
  output: Output,
): Promise<EvaluationSet> {
  const lfw = await openLfwFrom(path, output);
  const pairs = protocol === 'lfw-view1' ? lfw.view1.testPairs : lfw.view2.pairs;
  return pairsOf(lfw.dataset, pairs, protocol, config, output);
}

async function openLfwFrom(path: string, output: Output) {
  const progress = output.progress('Unpacking LFW');
  const lfw = await openLfw(path, {
    cacheDir: imageCache(),
    onProgress: ({ done, total }) => progress.update(done, total),
  });
  progress.end();
  return lfw;
}

async function pairsOf(
  dataset: FaceDataset,
  pairs: LfwPairs,
  protocol: 'lfw-view1' | 'lfw-view2',
  config: DataConfig,
  output: Output,
): Promise<EvaluationSet> {
  const used = Int32Array.from(new Set([...pairs.a, ...pairs.b])).sort();
  // A skipped image would shift the folds, so the images of a protocol must all be there.
  const strict = { ...config, onDamaged: 'refuse' as const };
  const images = await pack(subset(dataset, used, protocol), LFW_CROP, strict, output);
  const position = new Map([...used].map((index, i) => [index, i]));
  return {
    protocol,
    images,
    a: pairs.a.map((index) => position.get(index)!),
    b: pairs.b.map((index) => position.get(index)!),
    same: pairs.same,
    folds: pairs.foldCount === 1 ? tenFolds(pairs.same) : pairs.fold,
  };
}

function subset(dataset: FaceDataset, indices: Int32Array, what: string): FaceDataset {
  return { name: `${dataset.name}, ${what}`, images: Array.from(indices, (index) => dataset.images[index]!) };
}

async function pack(
  dataset: FaceDataset,
  crop: SquareCrop | undefined,
  config: DataConfig,
  output: Output,
): Promise<PackedImages> {
  const progress = output.progress(`Decoding ${dataset.name}`);
  const packed = await packImages(dataset, {
    size: config.model.size,
    ...(crop === undefined ? {} : { crop }),
    cacheDir: imageCache(),
    onDamaged: config.onDamaged,
    onProgress: (done, total) => progress.update(done, total),
  });
  progress.end();
  if (packed.skipped.length > 0) {
    const [first] = packed.skipped;
    output.say(
      `Skipped ${packed.skipped.length} of ${dataset.images.length} images, first ${first!.id}: ${first!.reason}`,
    );
    output.event('skipped', { dataset: dataset.name, images: packed.skipped });
  }
  return packed;
}

function identitiesOf({ labels, identities }: PackedImages): string[] {
  return [...new Set(labels)].map((label) => identities[label]!).sort();
}

/** Ten folds, each with a tenth of the same pairs and of the different ones, in their order. */
function tenFolds(same: Uint8Array): Int32Array {
  const total = [0, 0];
  for (const value of same) total[value]! += 1;
  const seen = [0, 0];
  return Int32Array.from(same, (value) => Math.floor((FOLDS * seen[value]!++) / total[value]!));
}
