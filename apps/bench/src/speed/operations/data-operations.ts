import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  augmentBatch,
  gatherBatch,
  packImages,
  syntheticIdentities,
  type FaceDataset,
  type SquareCrop,
} from '@ft/datasets';
import { createRandom } from '@ft/random';
import type { Operations } from '../operation.ts';

const AUGMENT = { flip: true, shift: 4, brightness: 0.2, noise: 4 };

export const dataOperations: Operations = {
  /** First pass: decode, crop and resize every file, and write the cache. */
  async decode(parameters) {
    const { dataset, crop, size } = picturesOf(parameters);
    const folder = await mkdtemp(join(tmpdir(), 'ft-bench-cache-'));
    let pass = 0;
    return {
      async run() {
        const cacheDir = join(folder, String(pass++));
        await packImages(dataset, { size, crop, cacheDir, onDamaged: 'refuse' });
        await rm(cacheDir, { recursive: true });
      },
      dispose: () => rm(folder, { recursive: true, force: true }),
    };
  },
  /** Later passes: opens the cache and gathers batches of 96 of all images. */
  async 'cached batches'(parameters) {
    const { dataset, crop, size } = picturesOf(parameters);
    const cacheDir = await mkdtemp(join(tmpdir(), 'ft-bench-cache-'));
    const options = { size, crop, cacheDir, onDamaged: 'refuse' } as const;
    await packImages(dataset, options);
    return {
      async run() {
        const packed = await packImages(dataset, options);
        for (const batch of batchesOf(packed.count)) gatherBatch(packed, batch);
      },
      dispose: () => rm(cacheDir, { recursive: true, force: true }),
    };
  },
  /** What training does with images in memory: batches of 96, each image augmented. */
  async 'augmented batches'({ images: count, size }) {
    const packed = syntheticIdentities({
      identities: (count as number) / 4,
      imagesPerIdentity: 4,
      size: size as number,
      seed: 1,
    });
    const random = createRandom(1);
    return {
      run() {
        for (const batch of batchesOf(packed.count)) augmentBatch(packed, batch, { ...AUGMENT, random });
      },
    };
  },
};

function picturesOf({ files, crop, size }: Readonly<Record<string, unknown>>) {
  const dataset: FaceDataset = {
    name: 'bench',
    images: (files as string[]).map((file, i) => ({ id: String(i), identity: String(i >> 2), file })),
  };
  return { dataset, crop: crop as SquareCrop, size: size as number };
}

function batchesOf(count: number): Int32Array[] {
  return Array.from({ length: Math.ceil(count / 96) }, (_, batch) =>
    Int32Array.from({ length: Math.min(96, count - 96 * batch) }, (__, i) => 96 * batch + i),
  );
}
