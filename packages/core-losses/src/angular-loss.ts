import { InvalidArgumentError } from '@ft/errors';
import { Relation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { checkMatrix, checkNumber } from './check-arguments.ts';
import { engineExponentials } from './engine-exponentials.ts';
import { zeroOf } from './gather-entries.ts';
import { hostLoss, reducesOnHost, type HostTerms } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { positivePairs, type PositivePairs } from './positive-pairs.ts';
import { reduce } from './reduction.ts';
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
  // With more positives than this a product of matrices is faster than loops over the pairs.
  const few = pairs.rows.length <= 16 * similarities.shape[0];
  if (few && between === similarities && reducesOnHost(reduction)) {
    return hostLoss(similarities, reduction, pairs.rows.length, (cells, slopes, terms) => {
      addOnHost(similarities, cells, slopes, terms, view, pairs, squaredTangent);
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

function addOnHost(
  similarities: tf.Tensor2D,
  cells: Float32Array,
  slopes: Float32Array,
  terms: HostTerms,
  { relation, shape, negatives }: RelationView,
  { rows, columns }: PositivePairs,
  squaredTangent: number,
): void {
  const n = shape[1];
  const steepness = 4 * squaredTangent;
  const { negative: different } = Relation;
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
  // Exponentials of the negatives of the anchor at hand.
  const own = new Float64Array(n);
  for (let first = 0, end = 0; first < rows.length; first = end) {
    const row = rows[first]!;
    const anchor = row * n;
    while (rows[end] === row) end++;
    if (negatives[row] === 0) continue;
    for (let j = 0; j < n; j++) own[j] = relation[anchor + j] === different ? rises[anchor + j]! : 0;
    // Four positives in a pass; where there are fewer, the last one again with nothing to spread.
    for (let pair = first; pair < end; pair += 4) {
      const a = columns[pair]! * n;
      const b = columns[Math.min(pair + 1, end - 1)]! * n;
      const c = columns[Math.min(pair + 2, end - 1)]! * n;
      const d = columns[Math.min(pair + 3, end - 1)]! * n;
      const sums = sumsOf(rises, own, a, b, c, d);
      const ofA = add(pair, sums.a);
      const ofB = pair + 1 < end ? add(pair + 1, sums.b) : 0;
      const ofC = pair + 2 < end ? add(pair + 2, sums.c) : 0;
      const ofD = pair + 3 < end ? add(pair + 3, sums.d) : 0;
      spread(slopes, rises, own, anchor, [a, b, c, d], [ofA, ofB, ofC, ofD]);
    }
  }
}

/** Adds to the slopes of four positives, and of their anchor, at its negatives. */
function spread(
  slopes: Float32Array,
  rises: Float32Array,
  own: Float64Array,
  anchor: number,
  [a, b, c, d]: readonly [number, number, number, number],
  [ofA, ofB, ofC, ofD]: readonly [number, number, number, number],
): void {
  for (let j = 0; j < own.length; j++) {
    const rise = own[j]!;
    const w = ofA * rises[a + j]! * rise;
    const x = ofB * rises[b + j]! * rise;
    const y = ofC * rises[c + j]! * rise;
    const z = ofD * rises[d + j]! * rise;
    slopes[a + j]! += w;
    slopes[b + j]! += x;
    slopes[c + j]! += y;
    slopes[d + j]! += z;
    slopes[anchor + j]! += w + x + y + z;
  }
}

function sumsOf(rises: Float32Array, own: Float64Array, a: number, b: number, c: number, d: number) {
  let ofA = 0;
  let ofB = 0;
  let ofC = 0;
  let ofD = 0;
  for (let j = 0; j < own.length; j++) {
    const rise = own[j]!;
    ofA += rise * rises[a + j]!;
    ofB += rise * rises[b + j]!;
    ofC += rise * rises[c + j]!;
    ofD += rise * rises[d + j]!;
  }
  return { a: ofA, b: ofB, c: ofC, d: ofD };
}
