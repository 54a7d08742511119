import { augmentBatch, type AugmentOptions, type PackedImages } from '@ft/datasets';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainingInputs } from './training-inputs.ts';

/**
 * Decoded images, each changed at random whenever it is shown.
 *
 * @param images the images and their labels
 * @param augment the changes, as for `augmentBatch`; none by default
 * @returns batches of RGB values in 0..255, [batch, height, width, 3]
 */
export function augmentedImages(
  images: PackedImages,
  augment: Omit<AugmentOptions, 'random'> = {},
): TrainingInputs {
  return {
    labels: images.labels,
    batch(indices, random) {
      const pixels = augmentBatch(images, indices, { ...augment, random });
      return tf.tensor4d(pixels, [indices.length, images.height, images.width, images.channels]);
    },
  };
}
