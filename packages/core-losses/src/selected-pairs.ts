import { Relation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { gatherEntries } from './gather-entries.ts';
import type { LossTerms } from './reduction.ts';
import { checkSame } from './relation-from-pairs.ts';
import { viewRelation } from './relation-view.ts';
import { flatIndices, isPairs, type PairSelection } from './selection.ts';

/** The entries of a matrix that a selection speaks of: those listed, or all of them. */
export interface SelectedPairs {
  readonly values: tf.Tensor;
  /** 1 for a positive pair, -1 for a negative one, 0 for one that does not count; [size of values]. */
  readonly sign: Float32Array;
  readonly positives: number;
  readonly negatives: number;
  readonly anchors: () => Int32Array;
  readonly anchorCount: number;
}

export function selectPairs(where: string, matrix: tf.Tensor2D, selection: PairSelection): SelectedPairs {
  let values: tf.Tensor = matrix;
  let sign: Float32Array;
  let anchors: () => Int32Array;
  if (isPairs(selection)) {
    const positions = flatIndices(where, 'candidates', selection.anchors, selection.candidates, matrix.shape);
    checkSame(where, selection);
    const { same } = selection;
    sign = Float32Array.from(same, (s) => (s === 1 ? 1 : -1));
    anchors = () => selection.anchors;
    if (positions.length > 0) values = gatherEntries(matrix, positions);
  } else {
    const { relation } = viewRelation(where, selection, matrix);
    const table = { [Relation.none]: 0, [Relation.positive]: 1, [Relation.negative]: -1 };
    sign = Float32Array.from(relation, (value) => table[value as 0 | 1 | 2]);
    anchors = () => Int32Array.from(relation, (_, cell) => Math.floor(cell / matrix.shape[1]));
  }
  let positives = 0;
  let negatives = 0;
  for (const s of sign) {
    if (s > 0) positives++;
    else if (s < 0) negatives++;
  }
  return { values, sign, positives, negatives, anchors, anchorCount: matrix.shape[0] };
}

/** How far every pair is on the wrong side of its margin, and 0 where it is not. */
export interface Excess {
  /** Pairs of which kind count. */
  readonly kind: 'both' | 'positive' | 'negative';
  /** A positive pair counts with `growing` (value - positiveMargin), a negative one with the opposite sign. */
  readonly growing: 1 | -1;
  readonly positiveMargin: number;
  readonly negativeMargin: number;
}

/** Terms max(0, excess) or max(0, excess)^2 of the selected pairs. */
export function excessTerms(pairs: SelectedPairs, excess: Excess, squared: boolean): LossTerms {
  const { kind, growing, positiveMargin, negativeMargin } = excess;
  const slope = pairs.sign.map((s) =>
    (s > 0 && kind !== 'negative') || (s < 0 && kind !== 'positive') ? s * growing : 0,
  );
  const offset = slope.map((s) => (s === 0 ? 0 : -s * (s * growing > 0 ? positiveMargin : negativeMargin)));
  const shape = pairs.values.shape;
  const hinge = tf.relu(tf.add(tf.mul(pairs.values, tf.tensor(slope, shape)), tf.tensor(offset, shape)));
  return {
    values: squared ? tf.square(hinge) : hinge,
    count: (kind === 'negative' ? 0 : pairs.positives) + (kind === 'positive' ? 0 : pairs.negatives),
    present: Uint8Array.from(slope, Math.abs),
    anchors: pairs.anchors,
    anchorCount: pairs.anchorCount,
  };
}
