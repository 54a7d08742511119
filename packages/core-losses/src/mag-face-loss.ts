import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { angularMarginOf, withAngularMargin } from './angular-margin.ts';
import { checkNumber } from './check-arguments.ts';
import {
  createCosineLoss,
  type ClassificationLoss,
  type ClassificationLossOptions,
} from './classification-loss.ts';
import { rowLengths } from './row-lengths.ts';

export interface MagFaceLossOptions extends ClassificationLossOptions {
  /** Embedding lengths are taken within these bounds. 10 and 110 by default. */
  readonly lengths?: readonly [lower: number, upper: number];
  /** Angular margins at these bounds, in degrees, 0 to 180. 25.78 and 45.84 (0.45 and 0.8 rad) by default. */
  readonly margins?: readonly [lower: number, upper: number];
  /** Weight of the term that rewards long embeddings, at least 0. 35 by default. */
  readonly lengthWeight?: number;
  /** Scale of the cosines, above 0. 64 by default. */
  readonly scale?: number;
}

/**
 * MagFace: ArcFace whose margin grows with the length of the embedding, plus lengthWeight (a / upper^2 + 1 / a) for
 * the length a, so that the length comes to tell the quality of the face.
 *
 * @param options classes, dimension, seed or first weights [classes, dimension], lengths, margins, lengthWeight,
 * scale and reduction
 * @throws InvalidArgumentError where an option is wrong
 * @see Meng et al., "MagFace" (2021), arXiv:2103.06627
 */
export function createMagFaceLoss(options: MagFaceLossOptions): ClassificationLoss {
  const where = 'createMagFaceLoss';
  const { lengths = [10, 110], margins = [25.78, 45.84], lengthWeight = 35, scale = 64 } = options;
  checkNumber(where, 'lengths[0]', lengths[0], { minimum: 0, exclusive: true });
  checkNumber(where, 'lengths[1]', lengths[1], { minimum: lengths[0], exclusive: true });
  for (const margin of margins) checkNumber(where, 'margins', margin, { minimum: 0, maximum: 180 });
  if (margins[1] < margins[0]) {
    throw new InvalidArgumentError({
      where,
      argument: 'margins',
      expected: 'in ascending order',
      got: [...margins],
    });
  }
  checkNumber(where, 'lengthWeight', lengthWeight, { minimum: 0 });
  checkNumber(where, 'scale', scale, { minimum: 0, exclusive: true });
  const lengthOf = (embeddings: tf.Tensor2D) =>
    tf.clipByValue(tf.expandDims(rowLengths(embeddings), 1), lengths[0], lengths[1]);
  const slope = (margins[1] - margins[0]) / (lengths[1] - lengths[0]);
  const within = (length: number) => Math.min(lengths[1], Math.max(lengths[0], length));
  return createCosineLoss({
    where,
    options,
    scale,
    margin: {
      ofTargets: (targets, embeddings) => {
        const degrees = tf.add(tf.mul(tf.sub(lengthOf(embeddings), lengths[0]), slope), margins[0]);
        return withAngularMargin(targets, tf.mul(degrees, Math.PI / 180));
      },
      ofTarget: (cosine, length) => {
        const inside = within(length);
        const radians = ((inside - lengths[0]) * slope + margins[0]) * (Math.PI / 180);
        const margined = angularMarginOf(cosine, radians);
        const byLength = inside === length ? margined.byMargin * slope * (Math.PI / 180) : 0;
        return { ...margined, byLength };
      },
    },
    penalty: {
      ofEmbeddings: (embeddings) => {
        const length = lengthOf(embeddings);
        return tf.mul(tf.add(tf.mul(length, 1 / lengths[1] ** 2), tf.div(1, length)), lengthWeight);
      },
      ofLength: (length) => {
        const inside = within(length);
        const rise = inside === length ? 1 / lengths[1] ** 2 - 1 / length ** 2 : 0;
        return {
          value: lengthWeight * (inside / lengths[1] ** 2 + 1 / inside),
          slope: lengthWeight * rise,
        };
      },
    },
  });
}
