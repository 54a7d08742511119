import { Relation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { zeroOf } from './gather-entries.ts';
import { hostLoss, reducesOnHost } from './host-loss.ts';
import { isPositive } from './is-positive.ts';
import { reduce, type LossTerms, type Reduction } from './reduction.ts';
import type { RelationView } from './relation-view.ts';
import { selectPairs, type Kind, type SelectedPairs } from './selected-pairs.ts';
import type { PairSelection } from './selection.ts';

/** How far every pair is on the wrong side of its margin, and 0 where it is not. */
export interface Excess {
  /** 1 where a positive pair costs above its margin and a negative one below, -1 for the opposite. */
  readonly sign: 1 | -1;
  readonly margins: Readonly<Record<Kind, number>>;
  /** Square it. */
  readonly squared: boolean;
  /** Where given, each kind is reduced by itself, and the two numbers are added with these weights. */
  readonly weights?: Readonly<Record<Kind, number>>;
}

const bothKinds = ['positive', 'negative'] as const;

/** The loss whose terms are the excess of the selected pairs, or its square. */
export function excessLoss(
  where: string,
  matrix: tf.Tensor2D,
  selection: PairSelection,
  excess: Excess,
  reduction: Reduction,
): tf.Scalar {
  return tf.tidy(() => {
    const pairs = selectPairs(where, matrix, selection);
    const { total, view } = pairs;
    if (total.positive + total.negative === 0) return zeroOf(matrix);
    if (view !== undefined && reducesOnHost(reduction)) return excessOnHost(matrix, view, excess, reduction);
    const { weights } = excess;
    if (weights === undefined) return reduce(where, excessTerms(pairs, excess, bothKinds), reduction);
    const cost = (kind: Kind) =>
      total[kind] === 0
        ? zeroOf(matrix)
        : tf.mul(reduce(where, excessTerms(pairs.only(kind), excess, [kind]), reduction), weights[kind]);
    return tf.add(cost('positive'), cost('negative'));
  });
}

function excessTerms(pairs: SelectedPairs, excess: Excess, kinds: readonly Kind[]): LossTerms {
  const { sign, margins, squared } = excess;
  const positive = kinds.includes('positive') ? sign : 0;
  const negative = kinds.includes('negative') ? -sign : 0;
  const op = tf.customGrad((...args) => {
    const [values, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const slope = pairs.tensor({ positive, negative });
    const hinge = tf.tidy(() => {
      const offset = pairs.tensor({
        positive: -positive * margins.positive,
        negative: -negative * margins.negative,
      });
      return tf.relu(tf.add(tf.mul(values, slope), offset));
    });
    save([tf.mul(slope, squared ? tf.add(hinge, hinge) : isPositive(hinge))]);
    return {
      value: squared ? tf.square(hinge) : hinge,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, saved[0]!),
    };
  });
  return pairs.terms(op(pairs.values), ...kinds);
}

function excessOnHost(
  matrix: tf.Tensor2D,
  { relation, total }: RelationView,
  { sign, margins, squared, weights }: Excess,
  reduction: Reduction,
): tf.Scalar {
  // The weights by kind are known only after the terms, so the sum is taken here.
  return hostLoss(matrix, 'sum', 0, (cells, slopes, terms) => {
    const { none, positive: alike } = Relation;
    const sums = { positive: 0, negative: 0 };
    const above = { positive: 0, negative: 0 };
    for (let i = 0; i < cells.length; i++) {
      if (relation[i] === none) continue;
      const positive = relation[i] === alike;
      const hinge = positive ? sign * (cells[i]! - margins.positive) : sign * (margins.negative - cells[i]!);
      // NaN shall show.
      if (hinge <= 0) continue;
      const slope = squared ? 2 * hinge : 1;
      slopes[i] = positive ? sign * slope : -sign * slope;
      if (positive) {
        sums.positive += squared ? hinge * hinge : hinge;
        above.positive++;
      } else {
        sums.negative += squared ? hinge * hinge : hinge;
        above.negative++;
      }
    }
    const counts = reduction === 'mean' ? total : above;
    const share = (count: number) => (reduction === 'sum' ? 1 : 1 / Math.max(1, count));
    const together = share(counts.positive + counts.negative);
    const ofPositives = weights === undefined ? together : weights.positive * share(counts.positive);
    const ofNegatives = weights === undefined ? together : weights.negative * share(counts.negative);
    terms.sum = sums.positive * ofPositives + sums.negative * ofNegatives;
    for (let i = 0; i < slopes.length; i++) {
      if (slopes[i] !== 0) slopes[i]! *= relation[i] === alike ? ofPositives : ofNegatives;
    }
  });
}
