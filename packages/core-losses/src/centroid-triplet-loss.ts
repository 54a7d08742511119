import { InvalidArgumentError } from '@ft/errors';
import type { DistanceMeasure } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { oneHot } from './one-hot.ts';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { zeroOf } from './gather-entries.ts';
import type { LossOptions } from './loss-options.ts';
import { pairwiseDistances } from './pairwise-distances.ts';
import { reduce } from './reduction.ts';
import { anchorTerms } from './relation-view.ts';
import { rowDistances } from './row-distances.ts';

export interface CentroidTripletLossOptions extends LossOptions {
  /** How much farther the nearest other centroid shall be, in the units of the distances. 0.2 by default. */
  readonly margin?: number;
  /** `'euclidean'` by default. */
  readonly measure?: DistanceMeasure;
}

/**
 * Centroid triplet loss of every sample whose class has another sample:
 * max(0, d(sample, mean of the others of its class) - d(sample, nearest mean of another class) + margin).
 *
 * @param embeddings [n, dimension]
 * @param labels identity of every sample, [n]
 * @param options margin, measure and reduction (`'mean'` by default: over samples whose class has another one)
 * @returns a scalar; 0 with gradient 0 where there is one class or no class with two samples
 * @throws InvalidArgumentError where a shape or an option is wrong
 * @throws NonFiniteInputError where `embeddings` holds NaN or an infinity
 * @see Wieczorek, Rychalska and Dabrowski, "On the unreasonable effectiveness of centroids in image retrieval"
 * (2021), arXiv:2104.13643
 */
export function centroidTripletLoss(
  embeddings: tf.Tensor2D,
  labels: Int32Array,
  options: CentroidTripletLossOptions = {},
): tf.Scalar {
  const where = 'centroidTripletLoss';
  const { margin = 0.2, measure = 'euclidean', reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'embeddings', embeddings, checkFinite);
  checkNumber(where, 'margin', margin);
  const n = embeddings.shape[0];
  if (labels.length !== n) {
    throw new InvalidArgumentError({
      where,
      argument: 'labels',
      expected: `an Int32Array of ${n}`,
      got: labels,
    });
  }
  const classes = [...new Set(labels)];
  const classOf = Int32Array.from(labels, (label) => classes.indexOf(label));
  const sizes = new Int32Array(classes.length);
  for (const c of classOf) sizes[c]!++;
  const present = Uint8Array.from(classOf, (c) => Number(sizes[c]! > 1));
  if (classes.length < 2 || !present.includes(1)) return zeroOf(embeddings);

  return tf.tidy(() => {
    const means = tf.matMul(averaging(classOf, sizes), embeddings) as tf.Tensor2D;
    const others = tf.matMul(averagingOthers(classOf, sizes), embeddings) as tf.Tensor2D;
    const toOwn = rowDistances(embeddings, others, { measure, checkFinite: false });
    const toMeans = pairwiseDistances(embeddings, means, { measure, checkFinite: false });
    const own = tf.mul(oneHot(classOf, classes.length), 1e30);
    const nearest = tf.min(tf.add(toMeans, own), 1);
    const values = tf.relu(tf.add(tf.sub(toOwn, nearest), margin));
    return reduce(where, anchorTerms(values, present), reduction);
  });
}

/** [classes, n]: row c times the embeddings is the mean of class c. */
function averaging(classOf: Int32Array, sizes: Int32Array): tf.Tensor2D {
  const n = classOf.length;
  const weights = new Float32Array(sizes.length * n);
  classOf.forEach((c, i) => (weights[c * n + i] = 1 / sizes[c]!));
  return tf.tensor2d(weights, [sizes.length, n]);
}

/** [n, n]: row i times the embeddings is the mean of the others of its class, or the sample itself if alone. */
function averagingOthers(classOf: Int32Array, sizes: Int32Array): tf.Tensor2D {
  const n = classOf.length;
  const weights = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    const c = classOf[i]!;
    for (let j = 0; j < n; j++) {
      if (sizes[c] === 1 ? i === j : i !== j && classOf[j] === c) {
        weights[i * n + j] = 1 / Math.max(1, sizes[c]! - 1);
      }
    }
  }
  return tf.tensor2d(weights, [n, n]);
}
