import { Relation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { anchorLossOnHost, type HostRow } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { engineExponentials } from './engine-exponentials.ts';
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
  let shares: Float32Array | undefined;
  const onHost = anchorLossOnHost(distances, view, present, reduction, (row) => {
    shares ??= engineExponentials(distances, -scale);
    const sums = sumsByKind(row, shares);
    if (sums.positive > smallest && sums.positive + sums.negative < 1 / smallest) {
      const share = sums.negative / (sums.positive + sums.negative);
      const [p, n] = [(share * scale) / sums.positive, scale / (sums.positive + sums.negative)];
      multiplyByKind(row, shares, p * row.weight, -n * row.weight);
      return Math.log1p(sums.negative / sums.positive);
    }
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

/** Sums of exponentials beyond this or its inverse have lost digits to float32. */
const smallest = 1e-25;

/** Sums of the numbers of a row by kind of the cell. */
function sumsByKind({ start, end, kinds }: HostRow, numbers: Float32Array) {
  const { positive: alike, negative: different } = Relation;
  let positive = 0;
  // Two sums, neither of which waits for the other.
  let even = 0;
  let odd = 0;
  for (let i = start; i < end; i++) {
    if (kinds[i] === alike) positive += numbers[i]!;
    else if (kinds[i] !== different) continue;
    else if (i & 1) odd += numbers[i]!;
    else even += numbers[i]!;
  }
  return { positive, negative: even + odd };
}

/** Writes the slopes of a row: the numbers times a factor of their kind. */
function multiplyByKind(
  { start, end, kinds, slopes }: HostRow,
  numbers: Float32Array,
  positive: number,
  negative: number,
): void {
  const { positive: alike, negative: different } = Relation;
  for (let i = start; i < end; i++) {
    if (kinds[i] === different) slopes[i] = numbers[i]! * negative;
    else if (kinds[i] === alike) slopes[i] = numbers[i]! * positive;
  }
}
