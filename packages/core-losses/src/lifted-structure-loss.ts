import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkName, checkNumber } from './check-arguments.ts';
import { gatherEntries, zeroOf } from './gather-entries.ts';
import { anchorLossOnHost } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { excluded, maskedLogSumExp } from './masked-log-sum-exp.ts';
import { positivePairs } from './positive-pairs.ts';
import { reduce } from './reduction.ts';
import { anchorsWith, anchorTerms, fillCells, viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { exponentials, writeSlopes } from './softmax-by-kind.ts';

export interface LiftedStructureLossOptions extends LossOptions {
  /** Negatives nearer than this push, in the units of the distances. 1 by default. */
  readonly margin?: number;
  /** Subtracted from the distance of a positive pair. 0 by default. */
  readonly positiveMargin?: number;
}

/**
 * Lifted structure loss of every positive pair (i, j): max(0, J)^2 / 2, where J = d_ij - positiveMargin +
 * log(sum over negatives of i of e^(margin - d_in) + sum over negatives of j of e^(margin - d_jn)).
 *
 * @param distances [anchors, candidates], Euclidean. With `ends: 'both'` the candidates are the anchors
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options margins, `ends` and reduction (`'mean'` by default: over all positive pairs)
 * @returns a scalar; a positive pair without negatives adds 0
 * @throws InvalidArgumentError where the selection, an option or the shape is wrong
 * @throws NonFiniteInputError where `distances` holds NaN or an infinity
 * @see Oh Song et al., "Deep metric learning via lifted structured feature embedding" (2016), arXiv:1511.06452
 */
export function liftedStructureLoss(
  distances: tf.Tensor2D,
  selection: PairSelection,
  options: LiftedStructureLossOptions & {
    /**
     * Whose negatives push: of `'both'` ends of the pair (default), for a batch that is its own reference, or
     * of the `'anchor'` only, for a reference set.
     */
    readonly ends?: 'both' | 'anchor';
  } = {},
): tf.Scalar {
  const where = 'liftedStructureLoss';
  const { margin = 1, positiveMargin = 0, ends = 'both', reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'distances', distances, checkFinite);
  checkNumber(where, 'margin', margin);
  checkNumber(where, 'positiveMargin', positiveMargin);
  checkName(where, 'ends', ends, ['both', 'anchor']);
  if (ends === 'both' && distances.shape[0] !== distances.shape[1]) {
    throw new InvalidArgumentError({
      where,
      argument: 'distances',
      expected: 'square where ends is "both"',
      got: distances,
      remedy: 'With a reference set, give { ends: "anchor" }.',
    });
  }
  const view = viewRelation(where, selection, distances);
  const pairs = positivePairs(view);
  if (pairs.rows.length === 0) return zeroOf(distances);
  return tf.tidy(() => {
    const push = maskedLogSumExp(distances, {
      scale: -1,
      bias: fillCells(view, { none: excluded, positive: excluded, negative: margin }),
    });
    const ofAnchor = gatherEntries(push, pairs.rows);
    const pushed = ends === 'both' ? logAddExp(ofAnchor, gatherEntries(push, pairs.columns)) : ofAnchor;
    const hinge = tf.relu(tf.add(tf.sub(pairs.of(distances), positiveMargin), pushed));
    return reduce(where, pairs.terms(tf.mul(tf.square(hinge), 0.5)), reduction);
  });
}

/** log(e^a + e^b). */
const logAddExp = /* @__PURE__ */ tf.customGrad((...args) => {
  const [a, b, save] = args as [tf.Tensor1D, tf.Tensor1D, tf.GradSaveFunc];
  const difference = tf.sub(a, b);
  save([difference]);
  return {
    value: tf.add(tf.maximum(a, b), tf.softplus(tf.neg(tf.abs(difference)))),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const share = tf.sigmoid(saved[0]!);
      return [tf.mul(dy, share), tf.mul(dy, tf.sub(1, share))];
    },
  };
}) as (a: tf.Tensor1D, b: tf.Tensor1D) => tf.Tensor1D;

/**
 * Lifted structure loss as generalised by Hermans et al., of every anchor that has a positive and a negative:
 * max(0, LSE over positives of (d - positiveMargin) + LSE over negatives of (margin - d)).
 *
 * @param distances [anchors, candidates], Euclidean
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options margins and reduction (`'mean'` by default: over anchors with a positive and a negative)
 * @returns a scalar
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `distances` holds NaN or an infinity
 * @see Hermans, Beyer and Leibe, "In defense of the triplet loss for person re-identification" (2017), arXiv:1703.07737
 */
export function generalizedLiftedStructureLoss(
  distances: tf.Tensor2D,
  selection: PairSelection,
  options: LiftedStructureLossOptions = {},
): tf.Scalar {
  const where = 'generalizedLiftedStructureLoss';
  const { margin = 1, positiveMargin = 0, reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'distances', distances, checkFinite);
  checkNumber(where, 'margin', margin);
  checkNumber(where, 'positiveMargin', positiveMargin);
  const view = viewRelation(where, selection, distances);
  const present = anchorsWith(view, 'positive', 'negative');
  const onHost = anchorLossOnHost(distances, view, present, reduction, (row) => {
    const { positive, negative } = exponentials(
      row,
      { scale: 1, bias: -positiveMargin },
      { scale: -1, bias: margin },
    );
    const violation = positive.logSumExp + negative.logSumExp;
    if (violation <= 0) return 0;
    writeSlopes(row, 1 / positive.total, -1 / negative.total);
    return violation;
  });
  if (onHost !== undefined) return onHost;
  return tf.tidy(() => {
    const pull = maskedLogSumExp(distances, {
      bias: fillCells(view, { none: excluded, positive: -positiveMargin, negative: excluded }),
    });
    const push = maskedLogSumExp(distances, {
      scale: -1,
      bias: fillCells(view, { none: excluded, positive: excluded, negative: margin }),
    });
    const values = tf.relu(tf.add(pull, push));
    return reduce(where, anchorTerms(values, present), reduction);
  });
}
