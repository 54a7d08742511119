import { decodeBatches, faceLandmarks, type Alignment, type FaceDataset } from '@ft/datasets';
import { InvalidArgumentError } from '@ft/errors';
import { embedImages, loadLandmarkNet, loadModel } from '@ft/models';
import { imageCache } from '../image-cache.ts';
import type { Shard } from './shard.ts';

/** Images in one call of the network. */
const BATCH = 64;

type Loaded = Awaited<ReturnType<typeof loadModel>>;

/** The network of the last shard: the next one wants the same. */
let last: { readonly key: string; readonly loaded: Promise<Loaded> } | undefined;

/**
 * Embeds the images of a shard: each plus its mirror image, cropped or aligned as for the training of the network.
 *
 * @returns the float32 values in order, little-endian, as base64
 * @throws DamagedImageError where an image is unusable; ModelBundleError where the network cannot be read;
 *   InvalidArgumentError where the folder holds another network than the shard names
 */
export async function embedShard({ images, crop, box, model: wanted }: Shard): Promise<string> {
  const key = `${wanted.id} ${wanted.directory}`;
  if (last?.key !== key) {
    void last?.loaded.then(({ model }) => model.dispose());
    last = { key, loaded: loadModel(wanted.directory) };
    last.loaded.catch(() => (last = undefined));
  }
  const { model, modelId, metadata } = await last.loaded;
  if (modelId !== wanted.id) {
    last = undefined;
    model.dispose();
    throw new InvalidArgumentError({
      where: 'ft-bench embed',
      argument: wanted.directory,
      expected: `model ${wanted.id}`,
      got: modelId,
      remedy: 'Every worker needs the same bundle at the same path.',
    });
  }
  const { embeddingSize, input, name } = model.architecture;
  const dataset: FaceDataset = {
    name: 'shard',
    images: images.map(({ id, file }) => ({ id, identity: '', file })),
  };
  const align =
    metadata['faces'] === 'landmarks'
      ? await alignment(dataset, box, name === 'dlib-face-net' ? 'dlib' : 'arcface')
      : undefined;
  const batches = Array.from({ length: Math.ceil(images.length / BATCH) }, (_, batch) =>
    Int32Array.from({ length: Math.min(BATCH, images.length - batch * BATCH) }, (__, i) => batch * BATCH + i),
  );
  const embeddings = new Float32Array(images.length * embeddingSize);
  for await (const { indices, pixels } of decodeBatches(dataset, batches, {
    size: input.height,
    ...(crop === null ? {} : { crop }),
    ...(align === undefined ? {} : { align }),
  })) {
    const batch = { pixels, count: indices.length, height: input.height, width: input.width };
    embeddings.set(
      await embedImages(model, batch, { batchSize: BATCH, flip: true }),
      indices[0]! * embeddingSize,
    );
  }
  return Buffer.from(embeddings.buffer).toString('base64');
}

async function alignment(
  dataset: FaceDataset,
  box: Shard['box'],
  template: Alignment['template'],
): Promise<Alignment> {
  const detector = await loadLandmarkNet();
  try {
    const where = { detector, ...(box === null ? {} : { box }), cacheDir: imageCache() };
    const { landmarks } = await faceLandmarks(dataset, where);
    return { landmarks, template };
  } finally {
    detector.dispose();
  }
}
