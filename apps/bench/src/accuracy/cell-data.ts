import {
  packImages,
  samplePairs,
  selectImages,
  splitIdentities,
  syntheticIdentities,
  type FaceDataset,
  type PackedImages,
} from '@ft/datasets';
import { foldTraining, LFW_CROP, openLfw, type LfwPairs } from '@ft/datasets-lfw';
import { InvalidArgumentError } from '@ft/errors';
import type { VerificationProtocol } from '@ft/eval';
import { createRandom } from '@ft/random';
import { imageCache } from '../image-cache.ts';
import type { Cell } from './cell.ts';

/** What a cell trains on and is measured on: people of one are never people of the other. */
export interface CellData {
  readonly train: PackedImages;
  readonly test: {
    readonly images: PackedImages;
    /** Positions in `images`. */
    readonly a: Int32Array;
    readonly b: Int32Array;
    readonly same: Uint8Array;
    /** Ten parts; each is judged by the threshold that is best on the others. */
    readonly folds: Int32Array;
    readonly protocol: VerificationProtocol;
  };
}

type DataOfCell = Pick<Cell, 'data' | 'fold' | 'model'>;

/** @throws InvalidArgumentError where the data is of no known kind or has no such fold */
export async function cellData(cell: DataOfCell): Promise<CellData> {
  const { data, fold } = cell;
  if (data === 'synthetic') return syntheticData(cell);
  const match = /^lfw-view([12]):(.+)$/.exec(data);
  if (match === null) {
    throw new InvalidArgumentError({
      where: 'ft-bench accuracy',
      argument: 'data',
      expected: 'synthetic, lfw-view1:DIR or lfw-view2:DIR',
      got: data,
    });
  }
  const lfw = await openLfw(match[2]!, { cacheDir: imageCache() });
  if (match[1] === '1') {
    if (fold !== 0) refuseFold('0: View 1 has one part', fold);
    const { train, testPairs } = lfw.view1;
    return lfwData(cell, lfw.dataset, train.images, testPairs, 'lfw-view1');
  }
  const { images, testPairs } = foldTraining(lfw, fold);
  const { pairs } = lfw.view2;
  const pick = <T extends Int32Array | Uint8Array>(values: T) => testPairs.map((pair) => values[pair]!);
  const ofFold = { a: pick(pairs.a), b: pick(pairs.b), same: Uint8Array.from(pick(pairs.same)) };
  return lfwData(cell, lfw.dataset, images, ofFold, 'pairs');
}

const PARTS = 10;

function refuseFold(expected: string, got: number): never {
  throw new InvalidArgumentError({ where: 'ft-bench accuracy', argument: 'folds', expected, got });
}

async function lfwData(
  { model }: DataOfCell,
  dataset: FaceDataset,
  trainImages: Int32Array,
  pairs: Pick<LfwPairs, 'a' | 'b' | 'same'>,
  protocol: VerificationProtocol,
): Promise<CellData> {
  const counts = new Map<string, number>();
  const identity = (index: number) => dataset.images[index]!.identity;
  for (const index of trainImages) counts.set(identity(index), (counts.get(identity(index)) ?? 0) + 1);
  const usable = trainImages.filter((index) => counts.get(identity(index))! >= 2);
  const used = Int32Array.from(new Set([...pairs.a, ...pairs.b])).sort();
  const position = new Map([...used].map((index, i) => [index, i]));
  const pack = (indices: Int32Array) =>
    packImages(
      { name: dataset.name, images: Array.from(indices, (index) => dataset.images[index]!) },
      { size: model.size, crop: LFW_CROP, cacheDir: imageCache(), onDamaged: 'refuse' },
    );
  return {
    train: await pack(usable),
    test: {
      images: await pack(used),
      a: pairs.a.map((index) => position.get(index)!),
      b: pairs.b.map((index) => position.get(index)!),
      same: pairs.same,
      folds: tenParts(pairs.same),
      protocol,
    },
  };
}

function syntheticData({ fold, model }: DataOfCell): CellData {
  const all = syntheticIdentities({ identities: 150, imagesPerIdentity: 8, size: model.size, seed: 2018 });
  const random = createRandom(fold, 'split');
  const split = splitIdentities(all.labels, { fraction: 0.3, random });
  const images = selectImages(all, split.test);
  const pairs = samplePairs(images.labels, { count: 1000, random });
  return {
    train: selectImages(all, split.train),
    test: { images, ...pairs, folds: tenParts(pairs.same), protocol: 'pairs' },
  };
}

/** Ten parts, each with a tenth of the same pairs and of the different ones, in their order. */
function tenParts(same: Uint8Array): Int32Array {
  const total = [0, 0];
  for (const value of same) total[value]! += 1;
  const seen = [0, 0];
  return Int32Array.from(same, (value) => Math.floor((PARTS * seen[value]!++) / total[value]!));
}
