import { Relation } from '@ft/miner-api';
import type * as tf from '@tensorflow/tfjs-core';
import { gatherEntries } from './gather-entries.ts';
import type { LossTerms } from './reduction.ts';
import type { RelationView } from './relation-view.ts';

/** The positive cells of a matrix, in order: few beside all cells, so losses on positive pairs gather them. */
export interface PositivePairs {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  /** Their values in a matrix like the one of the relation, [pairs]. */
  of(matrix: tf.Tensor2D): tf.Tensor1D;
  /** Terms of a loss with one value for each, [pairs]. */
  terms(values: tf.Tensor): LossTerms;
}

export function positivePairs({ relation, shape, total }: RelationView): PositivePairs {
  const [anchors, candidates] = shape;
  const rows = new Int32Array(total.positive);
  const columns = new Int32Array(total.positive);
  const positions = new Int32Array(total.positive);
  const alike = Relation.positive;
  let next = 0;
  for (let row = 0; row < anchors; row++) {
    for (let column = 0; column < candidates; column++) {
      const position = row * candidates + column;
      if (relation[position] !== alike) continue;
      rows[next] = row;
      columns[next] = column;
      positions[next++] = position;
    }
  }
  return {
    rows,
    columns,
    of: (matrix) => gatherEntries(matrix, positions),
    terms: (values) => ({ values, count: rows.length, anchors: () => rows, anchorCount: anchors }),
  };
}
