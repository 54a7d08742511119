import type * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkName, checkNumber } from './check-arguments.ts';
import { excessLoss, type Excess } from './excess-loss.ts';
import type { LossOptions } from './loss-options.ts';
import type { PairSelection } from './selection.ts';

export interface ContrastiveLossOptions extends LossOptions {
  /** Pairs of different identity nearer than this cost, in the units of the distances. 1 by default. */
  readonly margin?: number;
  /** Pairs of one identity farther than this cost. 0 by default. */
  readonly positiveMargin?: number;
  /** `'squared'` (default): the excess over the margin is squared, as in the source; `'linear'`: it is not. */
  readonly form?: 'squared' | 'linear';
  /**
   * `'together'` (default): positive and negative pairs are reduced as one list; `'apart'`: each kind by
   * itself, and the two numbers are added, so that the many negatives of a batch do not drown the positives.
   */
  readonly sides?: 'together' | 'apart';
}

/**
 * Contrastive loss: max(0, d - positiveMargin)^2 for pairs of one identity, max(0, margin - d)^2 for others.
 *
 * The distances are used as given: for the loss of the source they are Euclidean, not squared.
 *
 * @param distances [anchors, candidates], any measure that grows with dissimilarity
 * @param selection pairs of rows and columns of `distances`, or the relation of every cell
 * @param options margins, form, sides and reduction (`'mean'` by default: over all selected pairs)
 * @returns a scalar; 0 with gradient 0 where nothing is selected
 * @throws InvalidArgumentError where an index, a relation or an option is wrong
 * @throws NonFiniteInputError where `distances` holds NaN or an infinity
 * @see Hadsell, Chopra and LeCun, "Dimensionality reduction by learning an invariant mapping" (2006)
 */
export function contrastiveLoss(
  distances: tf.Tensor2D,
  selection: PairSelection,
  options: ContrastiveLossOptions = {},
): tf.Scalar {
  const where = 'contrastiveLoss';
  const { margin = 1, positiveMargin = 0, form = 'squared', sides = 'together' } = options;
  const { reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'distances', distances, checkFinite);
  checkNumber(where, 'margin', margin);
  checkNumber(where, 'positiveMargin', positiveMargin);
  checkName(where, 'form', form, ['squared', 'linear']);
  checkName(where, 'sides', sides, ['together', 'apart']);
  const excess: Excess = {
    sign: 1,
    margins: { positive: positiveMargin, negative: margin },
    squared: form === 'squared',
    ...(sides === 'apart' ? { weights: { positive: 1, negative: 1 } } : {}),
  };
  return excessLoss(where, distances, selection, excess, reduction);
}
