import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { anchorLossOnHost } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { excluded, maskedLogSumExp } from './masked-log-sum-exp.ts';
import { reduce } from './reduction.ts';
import { anchorsWith, anchorTerms, fillCells, viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { exponentials, sigmoid, softplus, writeSlopes } from './softmax-by-kind.ts';

export interface NcaLossOptions extends LossOptions {
  /** Multiplies the distances, above 0. 1 by default. */
  readonly scale?: number;
}

/**
 * Neighbourhood components analysis, for every anchor that has a positive:
 * -log(sum over positives of e^(-scale d) / sum over positives and negatives of e^(-scale d)).
 *
 * @param distances [anchors, candidates]; the source takes squared Euclidean distances
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options scale and reduction (`'mean'` by default: over anchors with a positive)
 * @returns a scalar
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `distances` holds NaN or an infinity
 * @see Goldberger et al., "Neighbourhood components analysis" (2004)
 */
export function ncaLoss(
  distances: tf.Tensor2D,
  selection: PairSelection,
  options: NcaLossOptions = {},
): tf.Scalar {
  return neighbourLoss('ncaLoss', distances, selection, options);
}

export interface SoftNearestNeighborLossOptions extends LossOptions {
  /** Temperature, above 0. 1 by default. */
  readonly temperature?: number;
}

/**
 * Soft nearest neighbour loss: {@link ncaLoss} with the scale 1 / temperature.
 *
 * @param distances [anchors, candidates]; the source takes squared Euclidean distances
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options temperature and reduction (`'mean'` by default: over anchors with a positive)
 * @returns a scalar
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `distances` holds NaN or an infinity
 * @see Frosst, Papernot and Hinton, "Analyzing and improving representations with the soft nearest neighbor
 * loss" (2019), arXiv:1902.01889
 */
export function softNearestNeighborLoss(
  distances: tf.Tensor2D,
  selection: PairSelection,
  { temperature = 1, ...options }: SoftNearestNeighborLossOptions = {},
): tf.Scalar {
  const where = 'softNearestNeighborLoss';
  checkNumber(where, 'temperature', temperature, { minimum: 0, exclusive: true });
  return neighbourLoss(where, distances, selection, { ...options, scale: 1 / temperature });
}

function neighbourLoss(
  where: string,
  distances: tf.Tensor2D,
  selection: PairSelection,
  { scale = 1, reduction = 'mean', checkFinite = true }: NcaLossOptions,
): tf.Scalar {
  checkMatrix(where, 'distances', distances, checkFinite);
  checkNumber(where, 'scale', scale, { minimum: 0, exclusive: true });
  const view = viewRelation(where, selection, distances);
  const present = anchorsWith(view, 'positive');
  const onHost = anchorLossOnHost(distances, view, present, reduction, (row) => {
    const logit = { scale: -scale, bias: 0 };
    const { positive, negative } = exponentials(row, logit, logit);
    const rise = negative.logSumExp - positive.logSumExp;
    const share = sigmoid(rise);
    writeSlopes(row, (share * scale) / positive.total, (-share * scale) / negative.total);
    return softplus(rise);
  });
  if (onHost !== undefined) return onHost;
  return tf.tidy(() => {
    const all = maskedLogSumExp(distances, { scale: -scale, bias: fillCells(view, { none: excluded }) });
    const positive = maskedLogSumExp(distances, {
      scale: -scale,
      bias: fillCells(view, { none: excluded, negative: excluded }),
    });
    return reduce(where, anchorTerms(tf.sub(all, positive), present), reduction);
  });
}
