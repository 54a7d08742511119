import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { gatherEntries, zeroOf } from './gather-entries.ts';
import type { LossOptions } from './loss-options.ts';
import { excluded, maskedLogSumExp } from './masked-log-sum-exp.ts';
import { positivePairs } from './positive-pairs.ts';
import { reduce } from './reduction.ts';
import { fillCells, viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';

export interface NtXentLossOptions extends LossOptions {
  /** Temperature, above 0. 0.07 by default. */
  readonly temperature?: number;
}

/**
 * NT-Xent, also called InfoNCE, of every positive pair:
 * -log(e^(s_ap / t) / (e^(s_ap / t) + sum over negatives of the anchor of e^(s_an / t))).
 *
 * Other positives of the anchor are not in the denominator. Memory grows with the matrix, not with the number
 * of positives times negatives.
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options temperature and reduction (`'mean'` by default: over all positive pairs)
 * @returns a scalar; a positive pair whose anchor has no negative adds 0
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Oord, Li and Vinyals, "Representation learning with contrastive predictive coding" (2018), arXiv:1807.03748;
 * Chen et al., "A simple framework for contrastive learning of visual representations" (2020), arXiv:2002.05709
 */
export function ntXentLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  { temperature = 0.07, reduction = 'mean', checkFinite = true }: NtXentLossOptions = {},
): tf.Scalar {
  const where = 'ntXentLoss';
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkNumber(where, 'temperature', temperature, { minimum: 0, exclusive: true });
  const view = viewRelation(where, selection, similarities);
  const pairs = positivePairs(view);
  if (pairs.rows.length === 0) return zeroOf(similarities);
  return tf.tidy(() => {
    const negatives = maskedLogSumExp(similarities, {
      scale: 1 / temperature,
      bias: fillCells(view, { none: excluded, positive: excluded }),
    });
    const logits = tf.sub(
      gatherEntries(negatives, pairs.rows),
      tf.mul(pairs.of(similarities), 1 / temperature),
    );
    return reduce(where, pairs.terms(tf.softplus(logits)), reduction);
  });
}
