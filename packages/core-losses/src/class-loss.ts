import * as tf from '@tensorflow/tfjs-core';
import { shareOf, times, totals } from './host-loss.ts';
import { l2Normalize } from './l2-normalize.ts';
import { productLoss } from './product-loss.ts';
import type { Reduction } from './reduction.ts';
import { rowLengths } from './row-lengths.ts';
import { crossEntropies } from './softmax-cross-entropy.ts';

/** The cosine to the right class with its margin, and its slopes in the cosine and in the length of the embedding. */
interface Margined {
  readonly value: number;
  readonly slope: number;
  readonly byLength?: number;
}

/** The logits of the classes, each of those of its centres. */
export interface LogitsOfCenters {
  /** The caller may change them. */
  readonly logits: Float32Array;
  /** The slopes of the logits of the centres, of those of the classes. */
  spread(slopes: Float32Array): Float32Array;
}

/** How logits are made of the cosines of embeddings to the rows of the weights, number by number. */
export interface ClassLogits {
  readonly scale: number;
  /** Whose lengths multiply the logits, too. */
  readonly lengths?: 'embeddings' | 'both' | undefined;
  /** Rows of the weights for every class. */
  readonly centers: number;
  /** Where there are several: what comes of their logits, if it is not the largest. */
  readonly ofClasses?: ((ofCenters: Float32Array) => LogitsOfCenters) | undefined;
  /** Gets the length where it multiplies the logits, or where there is a penalty. */
  readonly marginOf?: ((cosine: number, length: number) => Margined) | undefined;
  /** What to add to the cross-entropy of an embedding of this length. */
  readonly penaltyOf?: ((length: number) => { readonly value: number; readonly slope: number }) | undefined;
}

/**
 * The reduced cross-entropies of such logits, from embeddings and weights, where numbers can be read: the engine does
 * what is the same for all logits, and loops do the rest.
 */
export function classLoss(
  embeddings: tf.Tensor2D,
  weights: tf.Tensor2D,
  labels: Int32Array,
  classes: number,
  reduction: Reduction,
  logits: ClassLogits,
): tf.Scalar {
  const { scale, lengths, ofClasses, penaltyOf } = logits;
  const count = labels.length;
  return tf.tidy(() => {
    const ofRows: tf.Tensor1D[] = [];
    if (lengths !== undefined || penaltyOf !== undefined) ofRows.push(rowLengths(embeddings));
    if (lengths === 'both') ofRows.push(rowLengths(weights));
    const x = lengths === undefined ? l2Normalize(embeddings) : embeddings;
    const w = lengths === 'both' ? weights : l2Normalize(weights);
    return productLoss(x, w, ofRows, { scale, reduction, count }, (products, lengthsOfRows) => {
      const numbers = lengthsOfRows.map((length) => length.dataSync() as Float32Array);
      const mixed = ofClasses?.(products.dataSync() as Float32Array);
      const cells = mixed === undefined ? products : tf.tensor2d(mixed.logits, [count, classes]);
      const centers = mixed === undefined ? logits.centers : 1;
      const margins = marginsOf(logits, cells, labels, centers, numbers);
      const weight = mixed === undefined ? scale * shareOf(reduction, count, count) : 1;
      const { terms, slopes } = crossEntropies(cells, labels, { ...margins, centers, weight });
      const all = Float64Array.from(terms);
      const inLengths = numbers.map(({ length }) => new Float32Array(length));
      const [inEmbeddings, inWeights] = inLengths;
      for (const [row, length] of numbers[0]?.entries() ?? []) {
        const inRight = Math.expm1(-terms[row]!);
        const penalty = penaltyOf?.(length);
        all[row]! += penalty?.value ?? 0;
        inEmbeddings![row] = inRight * (margins?.toEmbedding[row] ?? 0) + (penalty?.slope ?? 0);
        if (inWeights !== undefined) inWeights[labels[row]!]! += inRight * (margins?.toWeights[row] ?? 0);
      }
      const ofOthers = inLengths.map((slope) => times(tf.tensor1d(slope), weight));
      if (mixed === undefined) return { slopes, ofOthers, weight, ...totals(all) };
      const ofCenters = mixed.spread(slopes.dataSync() as Float32Array);
      return { slopes: tf.tensor2d(ofCenters, products.shape), ofOthers, ...totals(all) };
    });
  });
}

/** Of every row: its right logit with the margin, and the slopes of that, in it without the margin and in the lengths. */
interface Margins {
  readonly right: Float32Array;
  readonly slope: Float32Array;
  readonly toEmbedding: Float64Array;
  readonly toWeights: Float64Array;
}

function marginsOf(
  { scale, lengths, marginOf }: ClassLogits,
  cells: tf.Tensor2D,
  labels: Int32Array,
  centers: number,
  [ofEmbeddings, ofWeights]: readonly Float32Array[],
): Margins | undefined {
  if (marginOf === undefined) return undefined;
  const right = largestAt(cells, labels, centers);
  const slope = new Float32Array(right.length);
  const toEmbedding = new Float64Array(right.length);
  const toWeights = new Float64Array(right.length);
  for (let row = 0; row < right.length; row++) {
    const length = ofEmbeddings?.[row] ?? 1;
    const lengthOfWeights = ofWeights?.[labels[row]!] ?? 1;
    const factor = scale * (lengths === undefined ? 1 : length) * lengthOfWeights;
    const cosine = ratio(right[row]!, factor);
    const margined = marginOf(cosine, length);
    right[row] = factor * margined.value;
    slope[row] = margined.slope;
    const rest = factor * (margined.value - margined.slope * cosine);
    toEmbedding[row] = factor * (margined.byLength ?? 0) + (lengths === undefined ? 0 : ratio(rest, length));
    toWeights[row] = ratio(rest, lengthOfWeights);
  }
  return { right, slope, toEmbedding, toWeights };
}

/** 0 where there is nothing to divide by. */
function ratio(dividend: number, divisor: number): number {
  return divisor === 0 ? 0 : dividend / divisor;
}

/** The largest of the cells of the right class of every row. */
function largestAt(cells: tf.Tensor2D, labels: Int32Array, centers: number): Float32Array {
  const columns = cells.shape[1];
  const positions = new Int32Array(labels.length * centers);
  labels.forEach((label, row) => {
    for (let k = 0; k < centers; k++) positions[row * centers + k] = row * columns + label * centers + k;
  });
  const own = tf.gather(tf.reshape(cells, [-1]), tf.tensor1d(positions, 'int32'));
  return tf.max(tf.reshape(own, [-1, centers]), 1).dataSync() as Float32Array;
}
