import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { InvalidArgumentError } from '@ft/errors';
import { compareText } from './compare-text.ts';
import { decoderNames } from './decode-frame.ts';
import { decodeImages } from './decode-images.ts';
import type { FaceDataset } from './face-dataset.ts';
import { fileFacts } from './file-facts.ts';
import type { Alignment, SquareCrop } from './image-region.ts';
import { readPackCache, writePackCache } from './pack-cache.ts';
import type { PackedImages } from './packed-images.ts';

export interface PackOptions {
  /** Height and width of the packed images, in pixels, from 1 to 2048. */
  readonly size: number;
  /** Which square of the source is kept. Default: the largest one in the centre. */
  readonly crop?: SquareCrop;
  /**
   * Faces are turned, scaled and moved so that their landmarks meet the template's. An image without
   * landmarks is cropped where `crop` is given, and unusable otherwise.
   */
  readonly align?: Alignment;
  /** Folder for the cache files; made where missing. Files of other options or contents are left alone. */
  readonly cacheDir: string;
  /** What an unusable image does: is left out and listed in `skipped`, or stops everything. */
  readonly onDamaged: 'skip' | 'refuse';
  /** Called after each decoded image; not called where the cache is used. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Decodes every image once, crops and resizes it, and keeps the bytes in a cache file for the next call.
 *
 * The cache is keyed by the options and by id, path, size and modification time of every image. Several
 * processes may write the same cache at once; a half-written file is never read.
 *
 * @param dataset the images
 * @returns the images in the data set's order, labelled by the rank of their identity's name
 * @throws DamagedImageError where an image is unusable and `onDamaged` is 'refuse'
 * @throws InvalidArgumentError where an option is out of range
 */
export async function packImages(dataset: FaceDataset, options: PackOptions): Promise<PackedImages> {
  checkOptions(options);
  const { size, crop, align, cacheDir, onDamaged, onProgress, signal } = options;
  const { images } = dataset;
  const facts = await fileFacts(
    images.map(({ file }) => file),
    signal,
  );
  const recipe = [formatVersion, await decoderNames(), size, crop ?? 'centre', align?.template, onDamaged];
  const hash = createHash('sha256').update(JSON.stringify(recipe));
  images.forEach(({ id, identity, file }, i) =>
    hash.update(JSON.stringify([id, identity, file, facts[i], align?.landmarks.get(id)])),
  );
  const cacheFile = join(cacheDir, `${hash.digest('hex').slice(0, 32)}.ftpack`);

  const cached = await readPackCache(cacheFile);
  if (cached !== undefined) return cached;

  const imageBytes = size * size * 3;
  const pixels = new Uint8Array(images.length * imageBytes);
  const problems = new Map<number, string>();
  let done = 0;
  await decodeImages(images, pixels, {
    size,
    crop,
    align,
    signal,
    onImage(i, problem) {
      if (problem !== undefined && onDamaged === 'refuse') throw problem;
      if (problem !== undefined) problems.set(i, problem.reason);
      onProgress?.(++done, images.length);
    },
  });

  const identities = [...new Set(images.map(({ identity }) => identity))].sort(compareText);
  const labelOf = new Map(identities.map((identity, label) => [identity, label]));
  const kept = images.map((_, i) => i).filter((i) => !problems.has(i));
  kept.forEach((from, to) => {
    if (from !== to) pixels.copyWithin(to * imageBytes, from * imageBytes, (from + 1) * imageBytes);
  });
  const packed: PackedImages = {
    count: kept.length,
    height: size,
    width: size,
    channels: 3,
    pixels: pixels.subarray(0, kept.length * imageBytes),
    ids: kept.map((i) => images[i]!.id),
    labels: Int32Array.from(kept, (i) => labelOf.get(images[i]!.identity)!),
    identities,
    skipped: [...problems].sort(([a], [b]) => a - b).map(([i, reason]) => ({ id: images[i]!.id, reason })),
  };
  await writePackCache(cacheFile, packed);
  return packed;
}

/** Part of the cache key: raised whenever the same options give other pixels. */
const formatVersion = 1;

function checkOptions({ size, crop, onDamaged }: PackOptions): void {
  if (!Number.isInteger(size) || size < 1 || size > 2048) refuse('size', 'an integer from 1 to 2048', size);
  if (onDamaged !== 'skip' && onDamaged !== 'refuse') refuse('onDamaged', "'skip' or 'refuse'", onDamaged);
  if (crop === undefined) return;
  if (!(crop.size >= 1)) refuse('crop.size', 'a number of pixels from 1', crop.size);
  if (!Number.isFinite(crop.centerX)) refuse('crop.centerX', 'a finite number of pixels', crop.centerX);
  if (!Number.isFinite(crop.centerY)) refuse('crop.centerY', 'a finite number of pixels', crop.centerY);
}

function refuse(argument: string, expected: string, got: unknown): never {
  throw new InvalidArgumentError({ where: 'packImages', argument, expected, got });
}
