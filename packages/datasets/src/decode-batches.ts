import { InvalidArgumentError } from '@ft/errors';
import { checkIndices } from './check-indices.ts';
import { decodeImages } from './decode-images.ts';
import type { FaceDataset } from './face-dataset.ts';
import type { Alignment, SquareCrop } from './image-region.ts';
import { prefetch } from './prefetch.ts';

export interface DecodeBatchesOptions {
  /** Height and width of the decoded images, in pixels, from 1 to 2048. */
  readonly size: number;
  /** As in {@link packImages}. */
  readonly crop?: SquareCrop;
  /** As in {@link packImages}. */
  readonly align?: Alignment;
  /** How many batches are decoded ahead of their use, from 1; default 2. */
  readonly ahead?: number;
}

/** Images decoded for one step. */
export interface DecodedBatch {
  /** Positions in the data set. */
  readonly indices: Int32Array;
  /** RGB bytes [indices.length, size, size, 3]. */
  readonly pixels: Uint8Array;
}

/**
 * Decodes batches as they are needed, for data sets too large for {@link packImages}; nothing is kept.
 *
 * @param batches positions in `dataset.images`, a batch at a time, e.g. from a sampler
 * @throws DamagedImageError where an image is unusable, when its batch's turn comes
 * @throws InvalidArgumentError where an option or a position is out of range
 */
export async function* decodeBatches(
  dataset: FaceDataset,
  batches: Iterable<Int32Array>,
  { size, crop, align, ahead = 2 }: DecodeBatchesOptions,
): AsyncGenerator<DecodedBatch, void, undefined> {
  if (!Number.isInteger(size) || size < 1 || size > 2048) {
    throw new InvalidArgumentError({
      where: 'decodeBatches',
      argument: 'size',
      expected: 'an integer from 1 to 2048',
      got: size,
    });
  }
  const imageBytes = size * size * 3;
  async function decodeBatch(indices: Int32Array): Promise<DecodedBatch> {
    checkIndices('decodeBatches', indices, dataset.images.length);
    const pixels = new Uint8Array(indices.length * imageBytes);
    const images = Array.from(indices, (index) => dataset.images[index]!);
    await decodeImages(images, pixels, {
      size,
      crop,
      align,
      onImage(_, problem) {
        if (problem !== undefined) throw problem;
      },
    });
    return { indices, pixels };
  }
  function* tasks() {
    for (const indices of batches) yield () => decodeBatch(indices);
  }
  yield* prefetch(tasks(), ahead);
}
