import { Relation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { zeroOf } from './gather-entries.ts';
import { hostLoss, reducesOnHost } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { reduce, type LossTerms, type Reduction } from './reduction.ts';
import type { RelationView } from './relation-view.ts';
import { selectPairs, type Kind, type SelectedPairs } from './selected-pairs.ts';
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
    const { total, view } = pairs;
    if (total.positive + total.negative === 0) return zeroOf(similarities);
    const shares = { positive: 1 - positiveTolerance, negative: 1 + negativeTolerance };
    if (view !== undefined && reducesOnHost(reduction)) {
      return spreadOnHost(similarities, view, shares, reduction);
    }
    const cost = (kind: Kind) =>
      total[kind] === 0
        ? zeroOf(similarities)
        : reduce(where, spreadTerms(pairs.only(kind), kind, shares[kind]), reduction);
    return tf.add(cost('positive'), cost('negative'));
  });
}

/** max(0, share mean - value)^2 of positive pairs, max(0, value - share mean)^2 of negative ones. */
function spreadTerms(pairs: SelectedPairs, kind: Kind, share: number): LossTerms {
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

function spreadOnHost(
  matrix: tf.Tensor2D,
  { relation, total }: RelationView,
  shares: Record<Kind, number>,
  reduction: Reduction,
): tf.Scalar {
  const weigh = (all: number, above: number) =>
    reduction === 'sum' ? 1 : 1 / Math.max(1, reduction === 'mean' ? all : above);
  return hostLoss(matrix, 'sum', 0, (cells, slopes, terms) => {
    const { positive: alike, negative: different } = Relation;
    let sumOfPositives = 0;
    let sumOfNegatives = 0;
    for (let i = 0; i < cells.length; i++) {
      if (relation[i] === different) sumOfNegatives += cells[i]!;
      else if (relation[i] === alike) sumOfPositives += cells[i]!;
    }
    const low = (shares.positive * sumOfPositives) / Math.max(1, total.positive);
    const high = (shares.negative * sumOfNegatives) / Math.max(1, total.negative);
    let positiveSquares = 0;
    let positiveTwice = 0;
    let positivesAbove = 0;
    let negativeSquares = 0;
    let negativeTwice = 0;
    let negativesAbove = 0;
    for (let i = 0; i < cells.length; i++) {
      if (relation[i] === different) {
        const twice = twicePositive(cells[i]! - high);
        negativeSquares += twice * twice;
        negativeTwice += twice;
      } else if (relation[i] === alike) {
        const twice = twicePositive(low - cells[i]!);
        positiveSquares += twice * twice;
        positiveTwice += twice;
      }
    }
    if (reduction === 'non-zero-mean') {
      for (let i = 0; i < cells.length; i++) {
        if (relation[i] === different && cells[i]! > high) negativesAbove++;
        else if (relation[i] === alike && cells[i]! < low) positivesAbove++;
      }
    }
    const ofPositives = weigh(total.positive, positivesAbove);
    const ofNegatives = weigh(total.negative, negativesAbove);
    terms.sum = (positiveSquares * ofPositives + negativeSquares * ofNegatives) / 4;
    // Every pair moves the mean of its kind, too.
    const pull = (positiveTwice * shares.positive) / Math.max(1, total.positive);
    const push = (negativeTwice * shares.negative) / Math.max(1, total.negative);
    for (let i = 0; i < cells.length; i++) {
      if (relation[i] === different) slopes[i] = (twicePositive(cells[i]! - high) - push) * ofNegatives;
      else if (relation[i] === alike) slopes[i] = (pull - twicePositive(low - cells[i]!)) * ofPositives;
    }
  });
}

/**
 * Twice the part of x above 0.
 *
 * Half of the pairs are above the mean, so a branch on that would be guessed wrong half of the time; and NaN shows.
 */
const twicePositive = (x: number) => x + Math.abs(x);
