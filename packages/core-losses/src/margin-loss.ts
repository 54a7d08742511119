import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { gatherEntries, lookUp, zeroOf } from './gather-entries.ts';
import { hostLoss, reducesOnHost } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { reduce } from './reduction.ts';
import { flatIndices, type Triplets } from './selection.ts';
import { InvalidArgumentError } from '@ft/errors';

export interface MarginLossOptions extends LossOptions {
  /** Half the gap that shall separate positives from negatives. 0.2 by default. */
  readonly margin?: number;
  /**
   * The boundary between positives and negatives: a number (1.2 by default), or a tensor that can be learned, a
   * scalar or one value for each anchor, [anchors]. For a boundary of each class gather its values by label.
   */
  readonly beta?: number | tf.Tensor;
}

/**
 * Margin loss: max(0, d_ap - beta + margin) and max(0, beta - d_an + margin) of every triplet.
 *
 * @param distances [anchors, candidates], Euclidean
 * @param triplets rows and columns of `distances`; a triplet given twice counts twice
 * @param options margin, beta and reduction (`'non-zero-mean'` by default: over the halves above 0, as in the paper)
 * @returns a scalar; 0 with gradient 0 where `triplets` is empty
 * @throws InvalidArgumentError where an index, an option or the shape of beta is wrong
 * @throws NonFiniteInputError where `distances` holds NaN or an infinity
 * @see Wu et al., "Sampling matters in deep embedding learning" (2017), arXiv:1706.07567
 */
export function marginLoss(
  distances: tf.Tensor2D,
  triplets: Triplets,
  { margin = 0.2, beta = 1.2, reduction = 'non-zero-mean', checkFinite = true }: MarginLossOptions = {},
): tf.Scalar {
  const where = 'marginLoss';
  checkMatrix(where, 'distances', distances, checkFinite);
  checkNumber(where, 'margin', margin);
  if (typeof beta === 'number') checkNumber(where, 'beta', beta);
  const { anchors, positives, negatives } = triplets;
  const toPositive = flatIndices(where, 'positives', anchors, positives, distances.shape);
  const toNegative = flatIndices(where, 'negatives', anchors, negatives, distances.shape);
  if (anchors.length === 0) return zeroOf(distances);
  if (typeof beta === 'number' && reducesOnHost(reduction)) {
    return tf.tidy(() => {
      const { numbers, first, second } = lookUp(distances, toPositive, toNegative);
      return hostLoss(numbers, reduction, 2 * anchors.length, (cells, slopes, terms) => {
        const add = (cell: number, sign: 1 | -1) => {
          const violation = sign * (cells[cell]! - beta) + margin;
          // NaN shall show.
          if (violation <= 0) return;
          terms.sum += violation;
          terms.positive++;
          slopes[cell]! += sign * terms.weight;
        };
        for (let i = 0; i < anchors.length; i++) {
          add(first[i]!, 1);
          add(second[i]!, -1);
        }
      });
    });
  }
  return tf.tidy(() => {
    const boundary = boundaryOf(beta, anchors, distances.shape[0]);
    const near = tf.sub(tf.add(gatherEntries(distances, toPositive), margin), boundary);
    const far = tf.sub(tf.add(boundary, margin), gatherEntries(distances, toNegative));
    return reduce(
      where,
      {
        values: tf.relu(tf.concat([near, far])),
        count: 2 * anchors.length,
        anchors: () => Int32Array.of(...anchors, ...anchors),
        anchorCount: distances.shape[0],
      },
      reduction,
    );
  });
}

function boundaryOf(beta: number | tf.Tensor, anchors: Int32Array, rows: number): number | tf.Tensor {
  if (typeof beta === 'number' || beta.rank === 0) return beta;
  if (beta.rank !== 1 || beta.size !== rows) {
    throw new InvalidArgumentError({
      where: 'marginLoss',
      argument: 'beta',
      expected: `a number, a scalar or one value for each of the ${rows} anchors`,
      got: beta,
    });
  }
  return gatherEntries(tf.reshape(beta, [rows, 1]), anchors);
}
