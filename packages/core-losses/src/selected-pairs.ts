import * as tf from '@tensorflow/tfjs-core';
import { gatherEntries } from './gather-entries.ts';
import { positivePairs } from './positive-pairs.ts';
import type { LossTerms } from './reduction.ts';
import { checkSame } from './relation-from-pairs.ts';
import { cellTerms, fillCells, viewRelation, type RelationView } from './relation-view.ts';
import { flatIndices, isPairs, type Pairs, type PairSelection } from './selection.ts';

export type Kind = 'positive' | 'negative';

/** The entries of a matrix that a selection speaks of: those listed, or all of them. */
export interface SelectedPairs {
  readonly values: tf.Tensor;
  readonly total: Readonly<Record<Kind, number>>;
  /** Where the selection is the relation of every cell. */
  readonly view?: RelationView;
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
    view,
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
