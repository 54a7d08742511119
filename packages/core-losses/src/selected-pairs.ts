import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';
import { gatherEntries } from './gather-entries.ts';
import { positivePairs } from './positive-pairs.ts';
import type { LossTerms } from './reduction.ts';
import { checkSame } from './relation-from-pairs.ts';
import { cellTerms, fillCells, viewRelation, type RelationView } from './relation-view.ts';
import { flatIndices, isPairs, type Pairs, type PairSelection } from './selection.ts';

type Kind = 'positive' | 'negative';

/** The entries of a matrix that a selection speaks of: those listed, or all of them. */
export interface SelectedPairs {
  readonly values: tf.Tensor;
  readonly total: { readonly positive: number; readonly negative: number };
  /** A tensor like `values` with one number for each kind of pair, and 0 for what does not count. */
  tensor(numbers: { positive?: number; negative?: number }): tf.Tensor;
  /** The same pairs, or fewer: all of one kind are still there. */
  only(kind: Kind): SelectedPairs;
  /** Terms like `values`, of which the given kinds count; the others hold 0. */
  terms(values: tf.Tensor, ...kinds: Kind[]): LossTerms;
}

export function selectPairs(where: string, matrix: tf.Tensor2D, selection: PairSelection): SelectedPairs {
  if (isPairs(selection)) return listedPairs(where, matrix, selection);
  const view = viewRelation(where, selection, matrix);
  const all: SelectedPairs = {
    values: matrix,
    total: view.total,
    tensor: (numbers) => fillCells(view, numbers),
    // Positive pairs are few beside all cells.
    only: (kind) => (kind === 'negative' ? all : listedPairs(where, matrix, positivesOf(view))),
    terms: (values, ...kinds) => cellTerms(values, view, ...kinds),
  };
  return all;
}

function positivesOf(view: RelationView): Pairs {
  const { rows, columns } = positivePairs(view);
  return { anchors: rows, candidates: columns, same: new Uint8Array(rows.length).fill(1) };
}

function listedPairs(where: string, matrix: tf.Tensor2D, pairs: Pairs): SelectedPairs {
  const positions = flatIndices(where, 'candidates', pairs.anchors, pairs.candidates, matrix.shape);
  checkSame(where, pairs);
  const { same, anchors } = pairs;
  const count = same.length;
  let positive = 0;
  for (let i = 0; i < count; i++) if (same[i] === 1) positive++;
  const total = { positive, negative: count - positive };
  const isKind = (kinds: Kind[], i: number) => kinds.includes(same[i] === 1 ? 'positive' : 'negative');
  const listed: SelectedPairs = {
    values: count === 0 ? matrix : gatherEntries(matrix, positions),
    total,
    tensor(numbers) {
      const data = new Float32Array(count);
      for (let i = 0; i < count; i++) data[i] = (same[i] === 1 ? numbers.positive : numbers.negative) ?? 0;
      return tf.tensor1d(data);
    },
    only: () => listed,
    terms: (values, ...kinds) => ({
      values,
      count: kinds.reduce((sum, kind) => sum + total[kind], 0),
      present: () => same.map((_, i) => Number(isKind(kinds, i))),
      anchors: () => anchors,
      anchorCount: matrix.shape[0],
    }),
  };
  return listed;
}

/** How far every pair is on the wrong side of its margin, and 0 where it is not. */
export interface Excess {
  /** Pairs of which kinds count. */
  readonly kinds: readonly Kind[];
  /** 1 where a positive pair costs above its margin and a negative one below, -1 for the opposite. */
  readonly sign: 1 | -1;
  readonly positiveMargin: number;
  readonly negativeMargin: number;
  /** Square it. */
  readonly squared: boolean;
}

/** Terms max(0, excess) or max(0, excess)^2 of the selected pairs. */
export function excessTerms(pairs: SelectedPairs, excess: Excess): LossTerms {
  const { kinds, sign, positiveMargin, negativeMargin, squared } = excess;
  const positive = kinds.includes('positive') ? sign : 0;
  const negative = kinds.includes('negative') ? -sign : 0;
  const op = tf.customGrad((...args) => {
    const [values, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const slope = pairs.tensor({ positive, negative });
    const hinge = tf.tidy(() => {
      const offset = pairs.tensor({
        positive: -positive * positiveMargin,
        negative: -negative * negativeMargin,
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
