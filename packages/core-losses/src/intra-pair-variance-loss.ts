import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { zeroOf } from './gather-entries.ts';
import type { LossOptions } from './loss-options.ts';
import { reduce, type LossTerms } from './reduction.ts';
import { selectPairs, type SelectedPairs } from './selected-pairs.ts';
import type { PairSelection } from './selection.ts';

export interface IntraPairVarianceLossOptions extends LossOptions {
  /** Share of the mean by which a positive pair may fall below it. 0.01 by default. */
  readonly positiveTolerance?: number;
  /** Share of the mean by which a negative pair may rise above it. 0.01 by default. */
  readonly negativeTolerance?: number;
}

/**
 * Intra-pair variance loss: max(0, (1 - tolerance) m_p - s)^2 of positive pairs, where m_p is their mean, plus
 * max(0, s - (1 + tolerance) m_n)^2 of negative pairs, where m_n is theirs. Each kind is reduced by itself.
 *
 * An addition to another loss, in the paper with weight 0.5; alone it is 0 for collapsed embeddings.
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection pairs of rows and columns of `similarities`, or the relation of every cell
 * @param options tolerances and reduction (`'mean'` by default: over all selected pairs of the kind)
 * @returns a scalar; 0 with gradient 0 where nothing is selected
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Yu and Tao, "Deep metric learning with tuplet margin loss" (2019)
 */
export function intraPairVarianceLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  options: IntraPairVarianceLossOptions = {},
): tf.Scalar {
  const where = 'intraPairVarianceLoss';
  const { positiveTolerance = 0.01, negativeTolerance = 0.01 } = options;
  const { reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkNumber(where, 'positiveTolerance', positiveTolerance);
  checkNumber(where, 'negativeTolerance', negativeTolerance);
  return tf.tidy(() => {
    const pairs = selectPairs(where, similarities, selection);
    if (pairs.total.positive + pairs.total.negative === 0) return zeroOf(similarities);
    const cost = (kind: 'positive' | 'negative', share: number) =>
      pairs.total[kind] === 0
        ? zeroOf(similarities)
        : reduce(where, spreadTerms(pairs.only(kind), kind, share), reduction);
    return tf.add(cost('positive', 1 - positiveTolerance), cost('negative', 1 + negativeTolerance));
  });
}

/** max(0, share mean - value)^2 of positive pairs, max(0, value - share mean)^2 of negative ones. */
function spreadTerms(pairs: SelectedPairs, kind: 'positive' | 'negative', share: number): LossTerms {
  const sign = kind === 'positive' ? 1 : -1;
  const meanShare = share / pairs.total[kind];
  const op = tf.customGrad((...args) => {
    const [values, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const excess = tf.tidy(() => {
      const mean = tf.mul(tf.sum(tf.mul(values, pairs.tensor({ [kind]: 1 }))), meanShare);
      return tf.relu(tf.mul(tf.sub(mean, values), pairs.tensor({ [kind]: sign })));
    });
    save([excess]);
    return {
      value: tf.square(excess),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const slopes = tf.mul(tf.mul(dy, saved[0]!), 2 * sign);
        const throughMean = tf.mul(pairs.tensor({ [kind]: 1 }), tf.mul(tf.sum(slopes), meanShare));
        return tf.sub(throughMean, slopes);
      },
    };
  });
  return pairs.terms(op(pairs.values), kind);
}
