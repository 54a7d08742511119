import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { EmbeddingModel } from './create-model.ts';

/** Images of one size, one after another. `PackedImages` of @ft/datasets is of this shape. */
export interface ImageArray {
  /** RGB, row-major [count, height, width, 3]. */
  readonly pixels: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

export interface EmbedImagesOptions {
  /** Images in one call of the network. Default 64. */
  readonly batchSize?: number;
  /** Add the embedding of the mirrored image, and divide by the length again? Default false. */
  readonly flip?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Embeds many images, in batches, without training.
 *
 * @returns embeddings, row-major [count, embeddingSize]
 * @throws InvalidArgumentError where the pixels do not match the sizes, or the sizes the model
 */
export async function embedImages(
  model: EmbeddingModel,
  images: ImageArray,
  { batchSize = 64, flip = false, onProgress }: EmbedImagesOptions = {},
): Promise<Float32Array> {
  const { pixels, count, height, width } = images;
  const imageSize = height * width * 3;
  if (pixels.length !== count * imageSize) {
    throw new InvalidArgumentError({
      where: 'embedImages',
      argument: 'images.pixels',
      expected: `of length count x height x width x 3 = ${count * imageSize}`,
      got: pixels,
    });
  }
  const { embeddingSize, normalize } = model.architecture;
  const embeddings = new Float32Array(count * embeddingSize);
  for (let start = 0; start < count; start += batchSize) {
    const size = Math.min(batchSize, count - start);
    const batch = tf.tidy(() => {
      const values = pixels.subarray(start * imageSize, (start + size) * imageSize);
      const x = tf.tensor4d(values, [size, height, width, 3], 'int32');
      const straight = model.embed(x);
      if (!flip) return straight;
      const sum = tf.add(straight, model.embed(tf.reverse(x, 2)));
      return normalize ? tf.div(sum, tf.maximum(tf.norm(sum, 2, 1, true), 1e-12)) : sum;
    });
    embeddings.set((await batch.data()) as Float32Array, start * embeddingSize);
    batch.dispose();
    onProgress?.(start + size, count);
  }
  return embeddings;
}
