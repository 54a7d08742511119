import type { PackedImages } from '@ft/datasets';
import type { EmbeddingModel } from '@ft/models';
import { cachedFeatures, type TrainingInputs } from '@ft/training';
import * as tf from '@tensorflow/tfjs-core';
import type { Output } from './console-output.ts';

const BATCH = 64;

/**
 * What the frozen part of a network gives for images and for their mirror images, computed once for each image
 * however many networks are trained on it.
 */
export interface FeatureBank {
  /** Makes sure that the features of these images are there. */
  prepare(images: PackedImages, output: Output): Promise<void>;
  /** The inputs of a run on prepared images. */
  inputs(images: PackedImages): TrainingInputs;
  /** Embeds prepared images: the embedding of each plus that of its mirror image, [count, dimension]. */
  embed(model: EmbeddingModel, images: PackedImages): Promise<Float32Array>;
}

/**
 * @param trunk any network with the frozen part in question
 * @param upTo the last frozen block
 */
export function createFeatureBank(trunk: EmbeddingModel, upTo: string): FeatureBank {
  const features = new Map<string, readonly [straight: Float32Array, mirrored: Float32Array]>();
  let shape: number[] = [];
  const of = ({ ids }: PackedImages) => ids.map((id) => features.get(id)!);
  return {
    async prepare({ ids, pixels, height, width }, output) {
      const size = height * width * 3;
      const missing = [...ids.keys()].filter((i) => !features.has(ids[i]!));
      const progress = output.progress('Computing the features of the frozen part');
      for (let start = 0; start < missing.length; start += BATCH) {
        const some = missing.slice(start, start + BATCH);
        const values = new Uint8Array(some.length * size);
        some.forEach((i, row) => values.set(pixels.subarray(i * size, (i + 1) * size), row * size));
        const outputs = tf.tidy(() => {
          const x = tf.tensor4d(values, [some.length, height, width, 3], 'int32');
          return [x, tf.reverse(x, 2)].map((images) => trunk.features(images, { upTo }));
        });
        shape = outputs[0]!.shape.slice(1);
        const [straight, mirrored] = await Promise.all(outputs.map((tensor) => tensor.data<'float32'>()));
        tf.dispose(outputs);
        const length = straight!.length / some.length;
        some.forEach((i, row) => {
          const slice = (all: Float32Array) => all.slice(row * length, (row + 1) * length);
          features.set(ids[i]!, [slice(straight!), slice(mirrored!)]);
        });
        progress.update(Math.min(start + BATCH, missing.length), missing.length);
      }
      progress.end();
    },
    inputs: (images) => cachedFeatures({ features: of(images), shape, labels: images.labels }),
    async embed(model, images) {
      const all = of(images);
      const { embeddingSize, normalize } = model.architecture;
      const embeddings = new Float32Array(all.length * embeddingSize);
      for (let start = 0; start < all.length; start += BATCH) {
        const some = all.slice(start, start + BATCH);
        const length = some[0]![0].length;
        const [straight, mirrored] = [0, 1].map((variant) => {
          const values = new Float32Array(some.length * length);
          some.forEach((variants, row) => values.set(variants[variant]!, row * length));
          return values;
        });
        const batch = tf.tidy(() => {
          const parts = [straight!, mirrored!].map((values) =>
            model.embed(tf.tensor(values, [some.length, ...shape]), { from: upTo }),
          );
          const sum = tf.addN(parts);
          return normalize ? tf.div(sum, tf.maximum(tf.norm(sum, 2, 1, true), 1e-12)) : sum;
        });
        embeddings.set(await batch.data<'float32'>(), start * embeddingSize);
        batch.dispose();
      }
      return embeddings;
    },
  };
}
