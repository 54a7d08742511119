import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { anchorLossOnHost } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { excluded, maskedLogSumExp } from './masked-log-sum-exp.ts';
import { reduce } from './reduction.ts';
import { anchorsWith, anchorTerms, fillCells, viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { exponentials, sigmoid, softplus, writeSlopes } from './softmax-by-kind.ts';

export interface MultiSimilarityLossOptions extends LossOptions {
  /** Weight of positives below the base, above 0. 2 by default. */
  readonly alpha?: number;
  /** Weight of negatives above the base, above 0. 50 by default. */
  readonly beta?: number;
  /** Similarity at which neither is urgent. 0.5 by default (the paper has 1). */
  readonly base?: number;
}

/**
 * Multi-similarity loss of every anchor:
 * log(1 + sum over positives of e^(-alpha (s - base))) / alpha + log(1 + sum over negatives of e^(beta (s - base))) / beta.
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options alpha, beta, base and reduction (`'mean'` by default: over all anchors)
 * @returns a scalar; an anchor without positives and negatives adds 0
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Wang et al., "Multi-similarity loss with general pair weighting for deep metric learning" (2019), arXiv:1904.06627
 */
export function multiSimilarityLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  options: MultiSimilarityLossOptions = {},
): tf.Scalar {
  const where = 'multiSimilarityLoss';
  const { alpha = 2, beta = 50, base = 0.5, reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkNumber(where, 'alpha', alpha, { minimum: 0, exclusive: true });
  checkNumber(where, 'beta', beta, { minimum: 0, exclusive: true });
  checkNumber(where, 'base', base);
  const view = viewRelation(where, selection, similarities);
  const present = anchorsWith(view);
  const onHost = anchorLossOnHost(similarities, view, present, reduction, (row) => {
    const { positive, negative } = exponentials(
      row,
      { scale: -alpha, bias: alpha * base },
      { scale: beta, bias: -beta * base },
    );
    writeSlopes(
      row,
      -sigmoid(positive.logSumExp) / positive.total,
      sigmoid(negative.logSumExp) / negative.total,
    );
    return softplus(positive.logSumExp) / alpha + softplus(negative.logSumExp) / beta;
  });
  if (onHost !== undefined) return onHost;
  return tf.tidy(() => {
    const positive = maskedLogSumExp(similarities, {
      scale: -alpha,
      bias: fillCells(view, { none: excluded, positive: alpha * base, negative: excluded }),
      plusOne: true,
    });
    const negative = maskedLogSumExp(similarities, {
      scale: beta,
      bias: fillCells(view, { none: excluded, positive: excluded, negative: -beta * base }),
      plusOne: true,
    });
    const values = tf.add(tf.mul(positive, 1 / alpha), tf.mul(negative, 1 / beta));
    return reduce(where, anchorTerms(values, present), reduction);
  });
}
