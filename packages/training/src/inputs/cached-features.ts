import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainingInputs } from './training-inputs.ts';

export interface CachedFeatures {
  /**
   * For each image the outputs of the trunk, [count][variants], each of the length that `shape` makes: for the image
   * as it is, mirrored, jittered. At least one variant.
   */
  readonly features: readonly (readonly Float32Array[])[];
  /** Shape of the features of one image. */
  readonly shape: readonly number[];
  /** The label of every image, [count]. */
  readonly labels: Int32Array;
}

/**
 * Features that the trunk of a network gave for each image once, so that only the rest of it runs in a step.
 *
 * For each image of a batch one variant is drawn. Nothing is copied: images may share their features with others.
 *
 * @returns batches of features, [batch, ...shape]
 * @throws InvalidArgumentError where an image has no features, or some of another length
 */
export function cachedFeatures({ features, shape, labels }: CachedFeatures): TrainingInputs {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (features.length !== labels.length) {
    refuse('features', `of the length of labels, ${labels.length}`, features.length);
  }
  features.forEach((variants, i) => {
    if (variants.length === 0) refuse(`features[${i}]`, 'at least one variant', variants);
    const odd = variants.find(({ length }) => length !== size);
    if (odd !== undefined) refuse(`features[${i}]`, `arrays of [${shape.join(', ')}] numbers`, odd);
  });
  return {
    labels,
    batch(indices, random) {
      const rows = new Float32Array(indices.length * size);
      indices.forEach((index, row) => {
        const variants = features[index]!;
        rows.set(variants[variants.length === 1 ? 0 : random.int(variants.length)]!, row * size);
      });
      return tf.tensor(rows, [indices.length, ...shape]);
    },
  };
}

function refuse(argument: string, expected: string, got: unknown): never {
  throw new InvalidArgumentError({ where: 'cachedFeatures', argument, expected, got });
}
