import * as tf from '@tensorflow/tfjs-core';
import { readsOnHost } from './reads-on-host.ts';
import type { Reduction } from './reduction.ts';
import type { RelationView } from './relation-view.ts';

/** The terms that a loss has come to, and what to multiply its slopes by as they are written. */
export interface HostTerms {
  sum: number;
  /** How many terms are above 0. */
  positive: number;
  readonly weight: number;
}

/**
 * Adds the terms of a loss of `cells`, and writes `terms.weight` times the slope at every cell.
 *
 * Sums in such a loop want a `let` each: those of an array pattern stay boxed, an object for every cell.
 */
type HostTermsOf = (cells: Float32Array, slopes: Float32Array, terms: HostTerms) => void;

/** What a reduction multiplies the sum of the terms by. */
export function shareOf(reduction: Reduction, count: number, positive: number): number {
  if (reduction === 'mean') return 1 / Math.max(1, count);
  return reduction === 'non-zero-mean' ? 1 / Math.max(1, positive) : 1;
}

/** The tensor times a number; a clone, which copies nothing, where that is 1. */
export function times<T extends tf.Tensor>(x: T, factor: number): T {
  return factor === 1 ? tf.clone(x) : tf.mul(x, factor);
}

/** The sum of the terms of a loss, and how many are above 0. */
export function totals(terms: Float32Array | Float64Array): { sum: number; positive: number } {
  let sum = 0;
  let positive = 0;
  for (let i = 0; i < terms.length; i++) {
    sum += terms[i]!;
    if (terms[i]! > 0) positive++;
  }
  return { sum, positive };
}

/** The terms of a loss, and their slopes in a matrix. */
export interface TermsAndSlopes {
  readonly terms: Float32Array | Float64Array;
  readonly slopes: tf.Tensor2D;
}

/**
 * A loss whose terms and slopes are made of a matrix in one go.
 *
 * @param count how many terms there are
 * @param of gets what to multiply the slopes by
 */
export function lossOfTerms(
  matrix: tf.Tensor2D,
  reduction: Reduction,
  count: number,
  of: (matrix: tf.Tensor2D, weight: number) => TermsAndSlopes,
): tf.Scalar {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor2D, tf.GradSaveFunc];
    const weight = shareOf(reduction, count, count);
    const { terms, slopes } = of(x, weight);
    const { sum, positive } = totals(terms);
    const share = shareOf(reduction, count, positive);
    save([slopes]);
    return {
      value: tf.scalar(sum * share),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => times(saved[0]!, (dy.dataSync()[0]! * share) / weight),
    };
  });
  return op(matrix) as tf.Scalar;
}

/** Whether a loss with this reduction is computed by a loop over numbers that were read. */
export function reducesOnHost(reduction: Reduction): boolean {
  const known = reduction === 'mean' || reduction === 'non-zero-mean' || reduction === 'sum';
  return known && readsOnHost();
}

/**
 * A loss whose value and slopes a function computes in one go on the numbers of a matrix or of another tensor.
 *
 * @param count how many terms there are, those that are 0 included
 * @param termsOf slopes are 0 at first; under `'non-zero-mean'` they have to be 0 where a term is
 */
export function hostLoss(
  numbers: tf.Tensor,
  reduction: Reduction,
  count: number,
  termsOf: HostTermsOf,
): tf.Scalar {
  const op = tf.customGrad((input) => {
    const cells = (input as tf.Tensor).dataSync() as Float32Array;
    const slopes = new Float32Array(cells.length);
    const terms = { sum: 0, positive: 0, weight: reduction === 'mean' ? 1 / Math.max(1, count) : 1 };
    termsOf(cells, slopes, terms);
    // Only the end tells how many terms are above 0.
    const share = reduction === 'non-zero-mean' ? 1 / Math.max(1, terms.positive) : 1;
    return {
      value: tf.scalar(terms.sum * terms.weight * share),
      // Asked for once, so the slopes are free to be changed.
      gradFunc: (dy: tf.Tensor) => {
        const factor = dy.dataSync()[0]! * share;
        if (factor !== 1) for (let i = 0; i < slopes.length; i++) slopes[i]! *= factor;
        return tf.tensor(slopes, numbers.shape);
      },
    };
  });
  return op(numbers) as tf.Scalar;
}

interface Range {
  readonly least: number;
  readonly most: number;
}

/** A row of a matrix, its relation and its slopes: positions `start` to `end` of each array. */
export interface HostRow {
  readonly anchor: number;
  readonly start: number;
  readonly end: number;
  readonly cells: Float32Array;
  readonly kinds: Uint8Array;
  readonly slopes: Float32Array;
  /** The least and the largest cell of the whole matrix, or beyond. */
  readonly range: () => Range;
  /** One number for every column, left over from the row before. */
  readonly scratch: Float64Array;
  /** What to multiply the slopes by. */
  readonly weight: number;
}

/**
 * A loss that has one term an anchor, computed from its row alone.
 *
 * @param present 1 for every anchor that has a term, [anchors]
 * @param termOf the term of a row; writes its slopes, which are 0 at first
 * @returns `undefined` where the engine or the reduction asks for tensors
 */
export function anchorLossOnHost(
  matrix: tf.Tensor2D,
  { relation, shape }: RelationView,
  present: Uint8Array,
  reduction: Reduction,
  termOf: (row: HostRow) => number,
): tf.Scalar | undefined {
  if (!reducesOnHost(reduction)) return undefined;
  const columns = shape[1];
  const count = present.reduce((sum, n) => sum + n, 0);
  return hostLoss(matrix, reduction, count, (cells, slopes, terms) => {
    const scratch = new Float64Array(columns);
    let known: Range | undefined;
    const range = () => (known ??= rangeOf(cells));
    for (let anchor = 0; anchor < present.length; anchor++) {
      if (present[anchor] === 0) continue;
      const [start, end] = [anchor * columns, (anchor + 1) * columns];
      const { weight } = terms;
      const term = termOf({ anchor, start, end, cells, kinds: relation, slopes, range, scratch, weight });
      terms.sum += term;
      if (term > 0) terms.positive++;
      else if (reduction === 'non-zero-mean') slopes.fill(0, start, end);
    }
  });
}

/** The least and the largest of the numbers; NaN where one of them is. */
function rangeOf(cells: Float32Array): Range {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < cells.length; i++) {
    least = Math.min(least, cells[i]!);
    most = Math.max(most, cells[i]!);
  }
  return { least, most };
}
