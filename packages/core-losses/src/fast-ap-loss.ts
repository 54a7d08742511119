import { Relation } from '@ft/miner-api';
import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';
import { checkInteger, checkMatrix, checkNumber } from './check-arguments.ts';
import { anchorLossOnHost, type HostRow } from './host-loss.ts';
import type { LossOptions } from './loss-options.ts';
import { reduce } from './reduction.ts';
import { anchorsWith, anchorTerms, viewRelation } from './relation-view.ts';
import type { PairSelection } from './selection.ts';
import { softHistogram } from './soft-histogram.ts';

export interface FastApLossOptions extends LossOptions {
  /** Intervals of the distances, at least 1. 10 by default. */
  readonly bins?: number;
  /** The largest distance, above 0. 4 by default: squared Euclidean distances of unit vectors. */
  readonly largest?: number;
}

/**
 * FastAP: 1 minus the average precision of every anchor that has a positive, from soft histograms of its
 * distances.
 *
 * @param distances [anchors, candidates], from 0 to `largest`; the source takes squared Euclidean distances of
 * unit vectors
 * @param selection the relation of every cell, or the pairs that count, each once
 * @param options bins, largest and reduction (`'mean'` by default: over anchors with a positive)
 * @returns a scalar
 * @throws InvalidArgumentError where the selection or an option is wrong
 * @throws NonFiniteInputError where `distances` holds NaN or an infinity
 * @see Cakir et al., "Deep metric learning to rank" (2019)
 */
export function fastApLoss(
  distances: tf.Tensor2D,
  selection: PairSelection,
  { bins = 10, largest = 4, reduction = 'mean', checkFinite = true }: FastApLossOptions = {},
): tf.Scalar {
  const where = 'fastApLoss';
  checkMatrix(where, 'distances', distances, checkFinite);
  checkInteger(where, 'bins', bins, 1);
  checkNumber(where, 'largest', largest, { minimum: 0, exclusive: true });
  const view = viewRelation(where, selection, distances);
  const present = anchorsWith(view, 'positive');
  const onHost = anchorLossOnHost(distances, view, present, reduction, (row) =>
    rowOnHost(row, view.positives[row.anchor]!, bins, largest),
  );
  if (onHost !== undefined) return onHost;
  return tf.tidy(() => {
    const histogram = softHistogram(distances, view, { low: 0, high: largest, bins, perRow: true });
    const [positive, negative] = tf.unstack(histogram, 1) as [tf.Tensor2D, tf.Tensor2D];
    const found = tf.cumsum(positive, 1);
    const seen = tf.add(found, tf.cumsum(negative, 1));
    // Where nothing was seen yet, nothing was found either.
    const safe = tf.add(seen, tf.sub(1, isPositive(seen)));
    const precision = tf.sum(tf.div(tf.mul(positive, found), safe), 1, true);
    const inverse = Float32Array.from(view.positives, (n) => 1 / Math.max(1, n));
    const values = tf.sub(1, tf.mul(precision, tf.tensor2d(inverse, [inverse.length, 1])));
    return reduce(where, anchorTerms(values, present), reduction);
  });
}

function rowOnHost(
  { start, end, cells, kinds, slopes, scratch, weight }: HostRow,
  positives: number,
  bins: number,
  largest: number,
): number {
  const { none, positive: alike } = Relation;
  const perWidth = bins / largest;
  // Counts at the nodes at first, then slopes at them.
  const ofPositives = new Float64Array(bins + 1);
  const ofNegatives = new Float64Array(bins + 1);
  for (let i = start, j = 0; i < end; i++, j++) {
    const position = Math.min(bins, Math.max(0, cells[i]! * perWidth));
    if (Number.isNaN(position)) return Number.NaN;
    const node = Math.min(bins - 1, Math.floor(position));
    scratch[j] = node;
    if (kinds[i] === none) continue;
    const histogram = kinds[i] === alike ? ofPositives : ofNegatives;
    histogram[node]! += 1 - (position - node);
    histogram[node + 1]! += position - node;
  }
  // How many are at a node or before it.
  const found = ofPositives.slice();
  const seen = ofPositives.map((count, node) => count + ofNegatives[node]!);
  for (let node = 1; node <= bins; node++) {
    found[node]! += found[node - 1]!;
    seen[node]! += seen[node - 1]!;
  }
  let precision = 0;
  let laterPositive = 0;
  let laterNegative = 0;
  // A count at a node is in the sums of all nodes after it.
  for (let node = bins; node >= 0; node--) {
    const count = ofPositives[node]!;
    const [before, all] = [found[node]!, seen[node]! > 0 ? seen[node]! : 1];
    precision += (count * before) / all;
    laterPositive += (count * (all - before)) / (all * all);
    laterNegative += (count * before) / (all * all);
    ofPositives[node] = -(before / all + laterPositive) / positives;
    ofNegatives[node] = laterNegative / positives;
  }
  for (let i = start, j = 0; i < end; i++, j++) {
    if (kinds[i] === none) continue;
    const node = scratch[j]!;
    const at = kinds[i] === alike ? ofPositives : ofNegatives;
    slopes[i] = (at[node + 1]! - at[node]!) * perWidth * weight;
  }
  return 1 - precision / positives;
}
