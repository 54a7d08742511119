import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  faceLandmarks,
  packImages,
  samplePairs,
  selectImages,
  splitIdentities,
  syntheticIdentities,
  type Alignment,
  type FaceDataset,
  type PackedImages,
  type VerificationPairs,
} from '@ft/datasets';
import {
  foldTraining,
  LFW_CROPS,
  LFW_LANDMARK_BOX,
  openLfw,
  type Lfw,
  type LfwCategory,
  type LfwPairs,
} from '@ft/datasets-lfw';
import { InvalidArgumentError } from '@ft/errors';
import type { VerificationProtocol } from '@ft/eval';
import { loadLandmarkNet } from '@ft/models';
import { createRandom } from '@ft/random';
import type { RunConfig } from './config.ts';
import type { Output } from './console-output.ts';
import { countValues } from './count-values.ts';
import { imageCacheDirectory, openFaceSource, type FaceSource } from './face-source.ts';

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
  /** Pairs of other people, to choose the threshold on; where there are none, each fold is judged by the others. */
  readonly development?: Omit<EvaluationSet, 'protocol' | 'folds' | 'development'>;
}

/** What a run trains on and is measured on: people of one are never people of the other. */
export interface RunData {
  readonly name: string;
  /** The LFW category of a result, or the kind of data. */
  readonly category: LfwCategory | 'own images' | 'synthetic';
  /** How faces were found in the images: the network wants them so ever after. */
  readonly faces: 'centre' | 'lfw' | 'landmarks';
  readonly train: PackedImages;
  readonly trainIdentities: readonly string[];
  /** Pairs of people who are neither trained on nor measured on, to judge by while training. */
  readonly validation?: EvaluationSet;
  readonly evaluation: EvaluationSet;
}

/** What decides how the images of a run are decoded, split and paired. */
export type DataConfig = Pick<RunConfig, 'data' | 'onDamaged' | 'holdout' | 'seed'> & {
  readonly model: { readonly name?: string; readonly size: number; readonly pretrained?: boolean };
} & Partial<Pick<RunConfig, 'align' | 'protocol' | 'fold' | 'validation'>>;

const FOLDS = 10;
/** Pairs of each kind that a threshold is chosen on or a network judged by while it trains. */
const JUDGING_PAIRS = 1500;

/**
 * Decodes the images of a run, from the cache where they were decoded before.
 *
 * @throws InvalidArgumentError where the source is none of `lfw:DIR`, `folder:DIR` and `synthetic`
 */
export async function prepareData(config: DataConfig, output: Output): Promise<RunData> {
  const isLfw = config.data.startsWith('lfw:');
  if (config.protocol !== undefined && isLfw !== config.protocol.startsWith('lfw-')) {
    throw new InvalidArgumentError({
      where: 'ft',
      argument: '--protocol',
      expected: 'lfw-view1 or lfw-view2 with --data lfw:DIR, and pairs with other data',
      got: config.protocol,
    });
  }
  if (config.data === 'synthetic') return syntheticData(config, output);
  if (isLfw) return lfwData(config, output);
  if (config.data.startsWith('folder:')) return folderData(config, output);
  throw new InvalidArgumentError({
    where: 'ft',
    argument: '--data',
    expected: 'lfw:DIR, folder:DIR or synthetic',
    got: config.data,
  });
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
  return splitData('synthetic identities', 'synthetic', all, { ...config, seed: 2018 });
}

async function folderData(config: DataConfig, output: Output): Promise<RunData> {
  const source = await openFaceSource(config.data, output);
  const all = await packFaces(source, config, output);
  return splitData(source.dataset.name, 'own images', all, config);
}

function splitData(
  name: string,
  category: RunData['category'],
  all: PackedImages,
  config: DataConfig,
): RunData {
  const random = createRandom(config.seed, 'split');
  const { train, test } = splitIdentities(all.labels, { fraction: config.holdout, random });
  const images = selectImages(all, test);
  const people = new Set(images.labels).size;
  const { same, different } = countPairs(images);
  const perFold = Math.floor(Math.min(same, different, JUDGING_PAIRS) / FOLDS);
  if (perFold < 1) {
    throw new InvalidArgumentError({
      where: 'ft',
      argument: `the ${people} people held out for measuring`,
      expected: `enough to form ${FOLDS} pairs of one person and ${FOLDS} of two`,
      got: `${same} and ${different}`,
      remedy: 'Add people with several images each, or hold out a larger share with --holdout.',
    });
  }
  const pairs = samplePairs(images.labels, { count: 2 * FOLDS * perFold, random });
  return {
    name,
    category,
    faces: config.align === true ? 'landmarks' : 'centre',
    ...trainingPart(selectImages(all, train), config),
    evaluation: { protocol: 'pairs', images, ...pairs, folds: tenFolds(pairs.same) },
  };
}

/** The images to train on, less those of the people kept back to judge by, where the run wants such. */
function trainingPart(
  available: PackedImages,
  config: DataConfig,
): Pick<RunData, 'train' | 'trainIdentities' | 'validation'> {
  const { validation, seed } = config;
  if (validation === undefined || validation === null) {
    return { train: available, trainIdentities: identitiesOf(available) };
  }
  const random = createRandom(seed, 'validation');
  const { train, test } = splitIdentities(available.labels, { fraction: validation.holdout, random });
  const kept = selectImages(available, train);
  return {
    train: kept,
    trainIdentities: identitiesOf(kept),
    validation: judgingSet(selectImages(available, test), random, 'validation.holdout'),
  };
}

/** Pairs of the people of a pack, for choosing by: ten folds, so that a fold is judged by the others' threshold. */
function judgingSet(
  images: PackedImages,
  random: ReturnType<typeof createRandom>,
  argument: string,
): EvaluationSet {
  const { same, different } = countPairs(images);
  const each = Math.floor(Math.min(same, different, JUDGING_PAIRS) / FOLDS) * FOLDS;
  if (each === 0) {
    throw new InvalidArgumentError({
      where: 'ft',
      argument,
      expected: `a share of the people that forms ${FOLDS} pairs of one person and ${FOLDS} of two`,
      got: `${same} and ${different}`,
      remedy: 'Raise it, or add people with several images each.',
    });
  }
  const pairs = samplePairs(images.labels, { count: 2 * each, random, again: true });
  return { protocol: 'pairs', images, ...pairs, folds: tenFolds(pairs.same) };
}

function countPairs({ labels, count }: PackedImages): { same: number; different: number } {
  let same = 0;
  for (const images of countValues(labels).values()) same += (images * (images - 1)) / 2;
  return { same, different: (count * (count - 1)) / 2 - same };
}

async function lfwData(config: DataConfig, output: Output): Promise<RunData> {
  const lfw = await openLfwFrom(config.data.slice('lfw:'.length), output);
  const { dataset, view1, view2 } = lfw;
  const category =
    config.model.pretrained === true
      ? 'unrestricted, labeled outside data'
      : config.align === true
        ? 'unrestricted, label-free outside data'
        : 'unrestricted, no outside data';
  const faces = config.align === true ? 'landmarks' : 'lfw';
  const identity = (index: number) => dataset.images[index]!.identity;
  /** Images of people with two or more: the others cannot form a positive pair. */
  const usable = (images: Int32Array) => {
    const counts = countValues(Array.from(images, identity));
    return images.filter((index) => counts.get(identity(index))! >= 2);
  };
  if (config.protocol !== 'lfw-view2') {
    const train = await pack(lfw, usable(view1.train.images), 'View 1 training people', config, output);
    return {
      name: dataset.name,
      category,
      faces,
      ...trainingPart(train, config),
      evaluation: await pairsOf(lfw, view1.testPairs, 'lfw-view1', config, output),
    };
  }
  const fold = config.fold!;
  const { images, testPairs } = foldTraining(lfw, fold);
  const all = await pack(lfw, Int32Array.from(dataset.images.keys()), 'all images', config, output);
  const random = createRandom(config.seed, `threshold ${fold}`);
  const people = selectImages(all, usable(images));
  const { train, test } = splitIdentities(people.labels, { fraction: config.holdout, random });
  const development = judgingSet(selectImages(people, test), random, 'holdout');
  const take = (column: Int32Array) => Int32Array.from(testPairs, (pair) => column[pair]!);
  const { a, b } = view2.pairs;
  const tested = Int32Array.from(new Set([...take(a), ...take(b)])).sort();
  const position = new Map([...tested].map((index, i) => [index, i]));
  const kept = selectImages(people, train);
  return {
    name: `${dataset.name}, fold ${fold + 1} of View 2`,
    category,
    faces,
    train: kept,
    trainIdentities: identitiesOf(kept),
    // The same people choose the threshold and, while training, the weights that are kept.
    ...(config.validation === null || config.validation === undefined ? {} : { validation: development }),
    evaluation: {
      protocol: 'pairs',
      images: selectImages(all, tested),
      a: take(a).map((index) => position.get(index)!),
      b: take(b).map((index) => position.get(index)!),
      same: Uint8Array.from(testPairs, (pair) => view2.pairs.same[pair]!),
      folds: new Int32Array(testPairs.length).fill(fold),
      development,
    },
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
  return pairsOf(lfw, pairs, protocol, config, output);
}

async function openLfwFrom(path: string, output: Output) {
  const progress = output.progress('Unpacking LFW');
  const lfw = await openLfw(path, {
    cacheDir: imageCacheDirectory(),
    onProgress: ({ done, total }) => progress.update(done, total),
  });
  progress.end();
  return lfw;
}

async function pairsOf(
  lfw: Pick<Lfw, 'dataset' | 'variant'>,
  pairs: LfwPairs,
  protocol: 'lfw-view1' | 'lfw-view2',
  config: DataConfig,
  output: Output,
): Promise<EvaluationSet> {
  const used = Int32Array.from(new Set([...pairs.a, ...pairs.b])).sort();
  const images = await pack(lfw, used, protocol, config, output);
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

/** Decodes some images of LFW. A skipped image would shift the folds, so all of them must be there. */
function pack(
  { dataset, variant }: Pick<Lfw, 'dataset' | 'variant'>,
  indices: Int32Array,
  what: string,
  config: DataConfig,
  output: Output,
): Promise<PackedImages> {
  const images = Array.from(indices, (index) => dataset.images[index]!);
  const source = {
    dataset: { name: `${dataset.name}, ${what}`, images },
    crop: LFW_CROPS[variant],
    box: LFW_LANDMARK_BOX,
    isLfw: true,
  };
  return packFaces(source, { ...config, onDamaged: 'refuse' }, output);
}

/**
 * Decodes the faces of a source as a network wants them, and tells of what it could not use.
 *
 * @param config the size in pixels, whether to align, and what an unusable image does
 */
export async function packFaces(
  { dataset, crop, box }: FaceSource,
  config: Pick<DataConfig, 'model' | 'onDamaged' | 'align'>,
  output: Output,
): Promise<PackedImages> {
  const align = config.align === true ? await alignment(dataset, box, config, output) : undefined;
  const progress = output.progress(`Decoding ${dataset.name}`);
  const packed = await packImages(dataset, {
    size: config.model.size,
    ...(crop === undefined ? {} : { crop }),
    ...(align === undefined ? {} : { align }),
    cacheDir: imageCacheDirectory(),
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

/** The landmarks of every face, from the network that finds them or from its cache. */
async function alignment(
  dataset: FaceDataset,
  box: FaceSource['box'],
  { model }: Pick<DataConfig, 'model'>,
  output: Output,
): Promise<Alignment> {
  const detector = await loadLandmarkNet();
  const progress = output.progress(`Finding landmarks in ${dataset.name}`);
  try {
    const { landmarks } = await faceLandmarks(dataset, {
      detector,
      ...(box === undefined ? {} : { box }),
      cacheDir: imageCacheDirectory(),
      onProgress: (done, total) => progress.update(done, total),
    });
    return { landmarks, template: model.name === 'dlib-face-net' ? 'dlib' : 'arcface' };
  } finally {
    progress.end();
    detector.dispose();
  }
}

function identitiesOf({ labels, identities }: PackedImages): string[] {
  return [...new Set(labels)].map((label) => identities[label]!).sort();
}

/** Ten folds, each with a tenth of the same pairs and of the different ones, in their order. */
function tenFolds(same: VerificationPairs['same']): Int32Array {
  const total = [0, 0];
  for (const value of same) total[value]! += 1;
  const seen = [0, 0];
  return Int32Array.from(same, (value) => Math.floor((FOLDS * seen[value]!++) / total[value]!));
}
