import type * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { excessLoss, type Excess } from './excess-loss.ts';
import type { LossOptions } from './loss-options.ts';
import type { PairSelection } from './selection.ts';

export interface ThresholdConsistentMarginLossOptions extends LossOptions {
  /** Positive pairs less alike than this cost. 0.9 by default. */
  readonly positiveMargin?: number;
  /** Negative pairs more alike than this cost. 0.5 by default. */
  readonly negativeMargin?: number;
  /** Weight of the positive side. 1 by default. */
  readonly positiveWeight?: number;
  /** Weight of the negative side. 1 by default. */
  readonly negativeWeight?: number;
}

/**
 * Threshold-consistent margin: the mean of positiveMargin - s over positive pairs below their margin, plus the
 * mean of s - negativeMargin over negative pairs above theirs. An addition to another loss.
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection pairs of rows and columns of `similarities`, or the relation of every cell
 * @param options margins, weights and reduction (`'non-zero-mean'` by default, each kind by itself)
 * @returns a scalar; 0 with gradient 0 where nothing is selected
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Zhang et al., "Learning for transductive threshold calibration in open-world recognition" (2023), arXiv:2307.04047
 */
export function thresholdConsistentMarginLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  options: ThresholdConsistentMarginLossOptions = {},
): tf.Scalar {
  const where = 'thresholdConsistentMarginLoss';
  const { positiveMargin = 0.9, negativeMargin = 0.5, positiveWeight = 1, negativeWeight = 1 } = options;
  const { reduction = 'non-zero-mean', checkFinite = true } = options;
  checkMatrix(where, 'similarities', similarities, checkFinite);
  for (const [name, value] of Object.entries({
    positiveMargin,
    negativeMargin,
    positiveWeight,
    negativeWeight,
  })) {
    checkNumber(where, name, value);
  }
  const excess: Excess = {
    sign: -1,
    margins: { positive: positiveMargin, negative: negativeMargin },
    squared: false,
    weights: { positive: positiveWeight, negative: negativeWeight },
  };
  return excessLoss(where, similarities, selection, excess, reduction);
}
