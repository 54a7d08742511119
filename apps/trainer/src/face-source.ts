import { join } from 'node:path';
import { imageFolder, readManifest, type FaceDataset, type SquareCrop } from '@ft/datasets';
import { LFW_CROPS, LFW_LANDMARK_BOX, openLfw } from '@ft/datasets-lfw';
import { cacheDirectory } from '@ft/engine';
import { InvalidArgumentError } from '@ft/errors';
import type { Output } from './console-output.ts';

/** Images that a command works on, and where their faces are known to be. */
export interface FaceSource {
  readonly dataset: FaceDataset;
  /** Undefined where the largest centred square is all that is known. */
  readonly crop: SquareCrop | undefined;
  /** Where the landmark network has to look. */
  readonly box: SquareCrop | undefined;
  readonly isLfw: boolean;
}

/** Where decoded images and landmarks are kept between commands. */
export const imageCacheDirectory = (): string => join(cacheDirectory(), 'images');

/**
 * Opens `lfw:DIR`, `folder:DIR` or `manifest:FILE`.
 *
 * @throws InvalidArgumentError where the source is none of them
 */
export async function openFaceSource(source: string, output: Output): Promise<FaceSource> {
  const match = /^(lfw|folder|manifest):(.+)$/.exec(source);
  const path = match?.[2] ?? '';
  switch (match?.[1]) {
    case 'folder':
      return { dataset: await imageFolder(path), crop: undefined, box: undefined, isLfw: false };
    case 'manifest':
      return { dataset: await readManifest(path), crop: undefined, box: undefined, isLfw: false };
    case 'lfw': {
      const progress = output.progress('Unpacking LFW');
      const { dataset, variant } = await openLfw(path, {
        cacheDir: imageCacheDirectory(),
        onProgress: ({ done, total }) => progress.update(done, total),
      });
      progress.end();
      return { dataset, crop: LFW_CROPS[variant], box: LFW_LANDMARK_BOX, isLfw: true };
    }
    default:
      throw new InvalidArgumentError({
        where: 'ft data',
        argument: 'source',
        expected: 'lfw:DIR, folder:DIR or manifest:FILE',
        got: source,
      });
  }
}
