import * as tf from '@tensorflow/tfjs-core';
import { sineOf } from './angular-margin.ts';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { gatherEntries, zeroOf } from './gather-entries.ts';
import type { LossOptions } from './loss-options.ts';
import { excluded, maskedLogSumExp } from './masked-log-sum-exp.ts';
import { positivePairs } from './positive-pairs.ts';
import { reduce } from './reduction.ts';
import { fillCells, viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';

export interface TupletMarginLossOptions extends LossOptions {
  /** Slack of the angle of a positive pair, in degrees. 5.73 by default. */
  readonly margin?: number;
  /** Scale of the cosines, above 0. 64 by default. */
  readonly scale?: number;
}

/**
 * Tuplet margin loss of every positive pair:
 * log(1 + sum over negatives of the anchor of e^(scale (cos theta_an - cos(theta_ap - margin)))).
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options margin, scale and reduction (`'mean'` by default: over all positive pairs)
 * @returns a scalar; a positive pair whose anchor has no negative adds 0
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Yu and Tao, "Deep metric learning with tuplet margin loss" (2019)
 */
export function tupletMarginLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  { margin = 5.73, scale = 64, reduction = 'mean', checkFinite = true }: TupletMarginLossOptions = {},
): tf.Scalar {
  const where = 'tupletMarginLoss';
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkNumber(where, 'margin', margin);
  checkNumber(where, 'scale', scale, { minimum: 0, exclusive: true });
  const view = viewRelation(where, selection, similarities);
  const pairs = positivePairs(view);
  if (pairs.rows.length === 0) return zeroOf(similarities);
  const radians = (margin * Math.PI) / 180;
  return tf.tidy(() => {
    const negatives = maskedLogSumExp(similarities, {
      scale,
      bias: fillCells(view, { none: excluded, positive: excluded }),
    });
    const cosines = pairs.of(similarities);
    // cos(theta - margin)
    const target = tf.add(tf.mul(cosines, Math.cos(radians)), tf.mul(sineOf(cosines), Math.sin(radians)));
    const logits = tf.sub(gatherEntries(negatives, pairs.rows), tf.mul(target, scale));
    return reduce(where, pairs.terms(tf.softplus(logits)), reduction);
  });
}
