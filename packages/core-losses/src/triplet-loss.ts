import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkName, checkNumber } from './check-arguments.ts';
import { gatherEntries, lookUp, zeroOf } from './gather-entries.ts';
import { hostLoss, reducesOnHost } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { reduce } from './reduction.ts';
import { flatIndices, type Triplets } from './selection.ts';
import { sigmoid, softplus } from './softmax-by-kind.ts';

export interface TripletLossOptions extends LossOptions {
  /** How much farther a negative shall be than the positive, in the units of the distances. 0.2 by default. */
  readonly margin?: number;
  /** `'hinge'` (default): max(0, x); `'softplus'`: log(1 + e^x), where x includes the margin. */
  readonly form?: 'hinge' | 'softplus';
  /**
   * Distances of all candidates to all candidates, [candidates, candidates]: where given, the smaller of
   * d(anchor, negative) and d(positive, negative) counts. Where the batch is its own reference, this is the
   * same matrix.
   */
  readonly swap?: tf.Tensor2D;
}

/**
 * Triplet loss: d(anchor, positive) - d(anchor, negative) + margin, below 0 cut off or smoothed.
 *
 * The distances are used as given. For the loss of FaceNet they are squared Euclidean distances of L2-normalised
 * embeddings.
 *
 * @param distances [anchors, candidates], any measure that grows with dissimilarity
 * @param triplets rows and columns of `distances`; a triplet given twice counts twice
 * @param options margin, form, swap and reduction (`'mean'` by default: over all given triplets)
 * @returns a scalar; 0 with gradient 0 where `triplets` is empty
 * @throws InvalidArgumentError where an index or an option is wrong
 * @throws NonFiniteInputError where `distances` holds NaN or an infinity
 * @see Schroff, Kalenichenko and Philbin, "FaceNet" (2015), arXiv:1503.03832; swap: Balntas et al., "Learning
 * local feature descriptors with triplets and shallow convolutional neural networks" (2016)
 */
export function tripletLoss(
  distances: tf.Tensor2D,
  triplets: Triplets,
  { margin = 0.2, form = 'hinge', swap, reduction = 'mean', checkFinite = true }: TripletLossOptions = {},
): tf.Scalar {
  const where = 'tripletLoss';
  checkMatrix(where, 'distances', distances, checkFinite);
  checkNumber(where, 'margin', margin);
  checkName(where, 'form', form, ['hinge', 'softplus']);
  const { anchors, positives, negatives } = triplets;
  const toPositive = flatIndices(where, 'positives', anchors, positives, distances.shape);
  const toNegative = flatIndices(where, 'negatives', anchors, negatives, distances.shape);
  if (anchors.length === 0) return zeroOf(distances);
  if (swap === undefined && reducesOnHost(reduction)) {
    return tf.tidy(() => {
      const { numbers, first, second } = lookUp(distances, toPositive, toNegative);
      return hostLoss(numbers, reduction, anchors.length, (cells, slopes, terms) => {
        for (let i = 0; i < anchors.length; i++) {
          const [positive, negative] = [first[i]!, second[i]!];
          const violation = cells[positive]! - cells[negative]! + margin;
          // NaN shall show.
          if (form === 'hinge' && violation <= 0) continue;
          terms.sum += form === 'hinge' ? violation : softplus(violation);
          terms.positive++;
          const slope = terms.weight * (form === 'hinge' ? 1 : sigmoid(violation));
          slopes[positive]! += slope;
          slopes[negative]! -= slope;
        }
      });
    });
  }
  return tf.tidy(() => {
    let far: tf.Tensor = gatherEntries(distances, toNegative);
    if (swap !== undefined) {
      checkMatrix(where, 'swap', swap, checkFinite);
      const between = flatIndices(where, 'negatives', positives, negatives, swap.shape);
      far = tf.minimum(far, gatherEntries(swap, between));
    }
    const violation = tf.add(tf.sub(gatherEntries(distances, toPositive), far), margin);
    return reduce(
      where,
      {
        values: form === 'hinge' ? tf.relu(violation) : tf.softplus(violation),
        count: anchors.length,
        anchors: () => anchors,
        anchorCount: distances.shape[0],
      },
      reduction,
    );
  });
}
