import { Relation, type PairRelation } from '@ft/miner-api';
import type * as tf from '@tensorflow/tfjs-core';
import { checkMatrix } from './check-arguments.ts';
import type { LossOptions } from './loss-options.ts';
import { ntXentLoss } from './nt-xent-loss.ts';
import { positivePairs } from './positive-pairs.ts';
import { viewRelation } from './relation-view.ts';
import { crossEntropyLoss } from './softmax-cross-entropy.ts';

/**
 * N-pairs loss: for one (anchor, positive) pair of every class, the cross-entropy of the anchor's similarity to
 * its positive against the positives of the other classes.
 *
 * Fastest on the anchors and their positives alone: similarities [pairs, pairs] with the relation of their labels.
 *
 * @param similarities [anchors, candidates]; the paper takes dot products of unnormalised embeddings
 * @param relation who counts, as {@link nPairsRelation} makes it
 * @param options reduction (`'mean'` by default: over the pairs)
 * @returns a scalar
 * @throws InvalidArgumentError where the relation or an option is wrong
 * @throws NonFiniteInputError where `similarities` holds NaN or an infinity
 * @see Sohn, "Improved deep metric learning with multi-class N-pair loss objective" (2016)
 */
export function nPairsLoss(
  similarities: tf.Tensor2D,
  relation: PairRelation,
  options: LossOptions = {},
): tf.Scalar {
  const where = 'nPairsLoss';
  checkMatrix(where, 'similarities', similarities, options.checkFinite ?? true);
  const view = viewRelation(where, relation, similarities);
  const others = similarities.shape[1] - 1;
  // Rows of one positive among negatives alone are those of a softmax.
  if (view.positives.every((n) => n === 1) && view.negatives.every((n) => n === others)) {
    return crossEntropyLoss(where, similarities, positivePairs(view).columns, options.reduction ?? 'mean');
  }
  return ntXentLoss(similarities, relation, { ...options, checkFinite: false, temperature: 1 });
}

/**
 * The relation of the N-pairs loss: of every class the first sample is the anchor and the second its positive,
 * and the positives of the other classes are its negatives.
 *
 * @param labels identity of every sample, [n]; a class with one sample is left out
 * @returns row-major [n x n] of Relation values
 */
export function nPairsRelation(labels: Int32Array): PairRelation {
  const first = new Map<number, number>();
  const pairs = new Map<number, { anchor: number; positive: number }>();
  labels.forEach((label, i) => {
    const anchor = first.get(label);
    if (anchor === undefined) first.set(label, i);
    else if (!pairs.has(label)) pairs.set(label, { anchor, positive: i });
  });
  const relation = new Uint8Array(labels.length ** 2);
  for (const { anchor, positive } of pairs.values()) {
    for (const other of pairs.values()) {
      relation[anchor * labels.length + other.positive] =
        other.positive === positive ? Relation.positive : Relation.negative;
    }
  }
  return relation;
}
