import { InvalidArgumentError } from '@ft/errors';
import { Relation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { engineExponentials } from './engine-exponentials.ts';
import { engineKernel, hasEngineKernel } from './engine-kernel.ts';
import { zeroOf } from './gather-entries.ts';
import { hostLoss, lossOfTerms, reducesOnHost, type HostTerms } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { positivePairs, type PositivePairs } from './positive-pairs.ts';
import { reduce, type Reduction } from './reduction.ts';
import { fillCells, viewRelation, type RelationView } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { sigmoid, softplus } from './softmax-by-kind.ts';
import { excluded } from './masked-log-sum-exp.ts';

export interface AngularLossOptions extends LossOptions {
  /** Upper bound of the angle at the negative, in degrees, between 0 and 60. 40 by default. */
  readonly angle?: number;
  /**
   * Cosines of all candidates to all candidates, [candidates, candidates], where the candidates are not the
   * anchors. The matrix itself by default.
   */
  readonly candidateSimilarities?: tf.Tensor2D;
}

/** Keeps the logarithm of an empty sum finite. */
const smallest = 1e-37;

/**
 * Angular loss of every positive pair: log(1 + sum over negatives of the anchor of
 * e^(4 tan^2(angle) (s_an + s_pn) - 2 (1 + tan^2(angle)) s_ap)).
 *
 * The sum over negatives is one product of matrices, since e^(s_an + s_pn) = e^s_an e^s_pn; so all three points
 * are normalised alike.
 *
 * @param similarities [anchors, candidates], cosines
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options angle, candidateSimilarities and reduction (`'mean'` by default: over all positive pairs)
 * @returns a scalar; a positive pair whose anchor has no negative adds 0
 * @throws InvalidArgumentError where the selection, an option or a shape is wrong
 * @throws NonFiniteInputError where a matrix holds NaN or an infinity
 * @see Wang et al., "Deep metric learning with angular loss" (2017), arXiv:1708.01682
 */
export function angularLoss(
  similarities: tf.Tensor2D,
  selection: PairSelection,
  options: AngularLossOptions = {},
): tf.Scalar {
  const where = 'angularLoss';
  const { angle = 40, candidateSimilarities, reduction = 'mean', checkFinite = true } = options;
  checkMatrix(where, 'similarities', similarities, checkFinite);
  checkNumber(where, 'angle', angle, { minimum: 0, maximum: 60, exclusive: true });
  const between = candidateSimilarities ?? similarities;
  if (between !== similarities) checkMatrix(where, 'candidateSimilarities', between, checkFinite);
  if (between.shape[0] !== similarities.shape[1] || between.shape[1] !== similarities.shape[1]) {
    throw new InvalidArgumentError({
      where,
      argument: 'candidateSimilarities',
      expected: `given, of shape [${similarities.shape[1]}, ${similarities.shape[1]}], where the candidates are not the anchors`,
      got: candidateSimilarities,
    });
  }
  const view = viewRelation(where, selection, similarities);
  const squaredTangent = Math.tan((angle * Math.PI) / 180) ** 2;
  const pairs = positivePairs(view);
  if (pairs.rows.length === 0) return zeroOf(similarities);
  const native = hasEngineKernel('FtAngular');
  // With more positives than this a product of matrices is faster than loops over the pairs.
  const few = native || pairs.rows.length <= 16 * similarities.shape[0];
  const classes =
    few && between === similarities && reducesOnHost(reduction) ? classesOf(view, pairs) : undefined;
  if (classes !== undefined) {
    if (native) return ofEngine(similarities, pairs.rows.length, classes, squaredTangent, reduction);
    return hostLoss(similarities, reduction, pairs.rows.length, (cells, slopes, terms) => {
      addOnHost(similarities, cells, slopes, terms, pairs, classes, squaredTangent);
    });
  }
  return tf.tidy(() => {
    // Shifted by the largest cosine, 1, so that no exponential is above 1.
    const rise = (s: tf.Tensor2D) => tf.tidy(() => tf.exp(tf.mul(tf.sub(s, 1), 4 * squaredTangent)));
    const fromAnchors = rise(similarities);
    const fromCandidates = between === similarities ? fromAnchors : rise(between);
    const sums = tf.tidy(() => {
      const masked = tf.mul(fromAnchors, fillCells(view, { negative: 1 })) as tf.Tensor2D;
      return tf.matMul(masked, fromCandidates, false, true) as tf.Tensor2D;
    });
    const logits = tf.sub(
      tf.add(tf.log(tf.maximum(pairs.of(sums), smallest)), 8 * squaredTangent),
      tf.mul(pairs.of(similarities), 2 * (1 + squaredTangent)),
    );
    // A pair whose anchor has no negative adds nothing.
    const blocked = Float32Array.from(pairs.rows, (row) => (view.negatives[row]! > 0 ? 0 : excluded));
    const values = tf.softplus(tf.add(logits, tf.tensor1d(blocked)));
    return reduce(where, pairs.terms(values), reduction);
  });
}

function ofEngine(
  similarities: tf.Tensor2D,
  count: number,
  classes: readonly Members[],
  squaredTangent: number,
  reduction: Reduction,
): tf.Scalar {
  return lossOfTerms(similarities, reduction, count, (s, weight) => {
    const members = classes.flatMap(({ rows }) => [...rows]);
    const starts = [0];
    for (const { rows } of classes) starts.push(starts.at(-1)! + rows.length);
    const [terms, slopes] = engineKernel(
      'FtAngular',
      { similarities: s, members: tf.tensor1d(members, 'int32'), starts: tf.tensor1d(starts, 'int32') },
      { steepness: 4 * squaredTangent, pull: 2 * (1 + squaredTangent), weight },
    ) as [tf.Tensor1D, tf.Tensor2D];
    return { terms: terms.dataSync() as Float32Array, slopes };
  });
}

function addOnHost(
  similarities: tf.Tensor2D,
  cells: Float32Array,
  slopes: Float32Array,
  terms: HostTerms,
  { rows, columns }: PositivePairs,
  classes: readonly Members[],
  squaredTangent: number,
): void {
  const n = similarities.shape[0];
  const steepness = 4 * squaredTangent;
  const rises = engineExponentials(similarities, steepness);
  /** Adds the term of a pair, whose exponentials of negatives have this sum, and gives what to spread over them. */
  const add = (pair: number, sum: number): number => {
    const at = rows[pair]! * n + columns[pair]!;
    const logit = Math.log(sum) - 2 * (1 + squaredTangent) * cells[at]!;
    const term = softplus(logit);
    terms.sum += term;
    if (term > 0) terms.positive++;
    const slope = sigmoid(logit) * terms.weight;
    slopes[at]! -= 2 * (1 + squaredTangent) * slope;
    return (slope * steepness) / sum;
  };
  const most = classes.reduce((size, { rows: members }) => Math.max(size, members.length), 0);
  const scratch = { own: new Float64Array(most * n), weights: new Float64Array(most * most) };
  for (const members of classes) addClass(slopes, rises, n, members, scratch, add);
}

/** A class: its rows in ascending order, and the pair with which the positives of each begin. */
interface Members {
  readonly rows: Int32Array;
  readonly firstPairs: Int32Array;
}

/**
 * The classes with positives and negatives, where the relation is one of classes: two rows are alike or different, and
 * what is like one of a class is like all of it.
 */
function classesOf(
  { relation, shape: [rowCount, n], total }: RelationView,
  { rows, columns }: PositivePairs,
): Members[] | undefined {
  if (rowCount !== n || total.positive + total.negative + n !== relation.length) return undefined;
  const firstPairs = new Int32Array(n + 1);
  for (const row of rows) firstPairs[row + 1]!++;
  for (let row = 0; row < n; row++) {
    if (relation[row * (n + 1)] !== Relation.none) return undefined;
    firstPairs[row + 1]! += firstPairs[row]!;
  }
  const classes: Members[] = [];
  for (let row = 0; row < n; row++) {
    const [first, end] = [firstPairs[row]!, firstPairs[row + 1]!];
    // Its first row stands for a class; those behind it are compared with it.
    if (first === end || columns[first]! < row) continue;
    const members = Int32Array.of(row, ...columns.subarray(first, end));
    for (const member of members) {
      const start = firstPairs[member]!;
      if (firstPairs[member + 1]! - start !== members.length - 1) return undefined;
      for (let i = 0, pair = start; i < members.length; i++) {
        if (members[i] !== member && columns[pair++] !== members[i]) return undefined;
      }
    }
    if (members.length < n) classes.push({ rows: members, firstPairs: members.map((m) => firstPairs[m]!) });
  }
  return classes;
}

/** A pair has the sum of the same pair the other way round, and the slopes of a row are written once. */
function addClass(
  slopes: Float32Array,
  rises: Float32Array,
  n: number,
  { rows, firstPairs }: Members,
  { own, weights }: { readonly own: Float64Array; readonly weights: Float64Array },
  add: (pair: number, sum: number) => number,
): void {
  const count = rows.length;
  // In double precision, which spares a conversion in every step of the loops; 0 but for negatives.
  for (let i = 0; i < count; i++) {
    own.set(rises.subarray(rows[i]! * n, (rows[i]! + 1) * n), i * n);
    for (let k = 0; k < count; k++) own[i * n + rows[k]!] = 0;
  }
  const set = (i: number, k: number, sum: number) => {
    if (k >= count) return;
    const weight = add(firstPairs[i]! + k - 1, sum) + add(firstPairs[k]! + i, sum);
    weights[i * count + k] = weights[k * count + i] = weight;
  };
  const place = (k: number) => Math.min(k, count - 1) * n;
  for (let i = 0; i < count; i++) {
    weights[i * count + i] = 0;
    // Four others in a pass; where there are fewer, the last one again.
    for (let k = i + 1; k < count; k += 4) {
      const sums = sumsOf(own, i * n, n, place(k), place(k + 1), place(k + 2), place(k + 3));
      set(i, k, sums.a);
      set(i, k + 1, sums.b);
      set(i, k + 2, sums.c);
      set(i, k + 3, sums.d);
    }
  }
  const weight = (i: number, k: number) => (k < count ? weights[i * count + k]! : 0);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < count; k += 4) {
      const four = [weight(i, k), weight(i, k + 1), weight(i, k + 2), weight(i, k + 3)] as const;
      const places = [place(k), place(k + 1), place(k + 2), place(k + 3)] as const;
      gather(slopes, rows[i]! * n, own, i * n, n, places, four);
    }
  }
}

/** Adds to the slopes of a row at the negatives that it shares with four rows. */
function gather(
  slopes: Float32Array,
  row: number,
  own: Float64Array,
  i: number,
  n: number,
  [a, b, c, d]: readonly [number, number, number, number],
  [ofA, ofB, ofC, ofD]: readonly [number, number, number, number],
): void {
  for (let j = 0; j < n; j++) {
    slopes[row + j]! +=
      own[i + j]! * (ofA * own[a + j]! + ofB * own[b + j]! + ofC * own[c + j]! + ofD * own[d + j]!);
  }
}

/** Sums of products of a row with four others, which begin at these places. */
function sumsOf(rows: Float64Array, row: number, n: number, a: number, b: number, c: number, d: number) {
  let ofA = 0;
  let ofB = 0;
  let ofC = 0;
  let ofD = 0;
  for (let j = 0; j < n; j++) {
    const rise = rows[row + j]!;
    ofA += rise * rows[a + j]!;
    ofB += rise * rows[b + j]!;
    ofC += rise * rows[c + j]!;
    ofD += rise * rows[d + j]!;
  }
  return { a: ofA, b: ofB, c: ofC, d: ofD };
}
