import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';
import { checkNumber } from './check-arguments.ts';
import type { LossTerms, Reducer } from './reduction.ts';
import { sumByAnchor } from './smooth-ranks.ts';

/**
 * The mean of the terms strictly between two limits; 0 where there is none.
 *
 * @param options `low` and `high`, each optional
 * @throws InvalidArgumentError where a limit is NaN
 */
export function thresholdMean({
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
}: { readonly low?: number; readonly high?: number } = {}): Reducer {
  for (const [name, value] of Object.entries({ low, high })) {
    if (!Number.isNaN(value) && typeof value === 'number') continue;
    throw new InvalidArgumentError({
      where: 'thresholdMean',
      argument: name,
      expected: 'a number',
      got: value,
    });
  }
  return (terms) =>
    weightedMean(terms.values, (values) => {
      const inside = tf.mul(isPositive(tf.sub(values, low)), isPositive(tf.sub(high, values)));
      return terms.present === undefined ? inside : tf.mul(inside, presence(terms));
    });
}

/**
 * The mean over anchors of the mean of each anchor's terms, so that an anchor with many terms weighs no more
 * than one with few. Anchors without a term are left out.
 */
export function perAnchorMean(): Reducer {
  return (terms) => {
    const rows = terms.anchors();
    const present = terms.present?.();
    const counts = new Int32Array(terms.anchorCount);
    for (let i = 0; i < rows.length; i++) counts[rows[i]!]! += present === undefined ? 1 : present[i]!;
    const anchors = counts.reduce((count, n) => count + Number(n > 0), 0);
    const inverse = Float32Array.from(counts, (n) => (n === 0 ? 0 : 1 / (n * anchors)));
    const sums = sumByAnchor(terms.values, rows, terms.anchorCount);
    return tf.sum(tf.mul(sums, tf.tensor2d(inverse, [terms.anchorCount, 1])));
  };
}

/**
 * The mean of the terms, each multiplied by a weight of its anchor's class.
 *
 * @param weights weight of every class, finite
 * @param anchorLabels class of every anchor, each an index of `weights`
 * @throws InvalidArgumentError where a weight or a label is wrong
 */
export function classWeightedMean(weights: ArrayLike<number>, anchorLabels: Int32Array): Reducer {
  const where = 'classWeightedMean';
  Array.from(weights, (weight, i) => checkNumber(where, `weights[${i}]`, weight));
  const wrong = anchorLabels.findIndex((label) => weights[label] === undefined);
  if (wrong >= 0) {
    throw new InvalidArgumentError({
      where,
      argument: `anchorLabels[${wrong}]`,
      expected: `from 0 to ${weights.length - 1}`,
      got: anchorLabels[wrong],
    });
  }
  return (terms) => {
    const factors = Float32Array.from(terms.anchors(), (row) => weights[anchorLabels[row]!]!);
    const weighted = tf.mul(terms.values, tf.tensor(factors, terms.values.shape));
    return tf.mul(tf.sum(weighted), 1 / Math.max(1, terms.count));
  };
}

function presence(terms: LossTerms): tf.Tensor {
  return tf.tensor(Float32Array.from(terms.present!()), terms.values.shape);
}

/** Sum of values times weights over the sum of weights; the weights are constants for the gradient. */
function weightedMean(values: tf.Tensor, weigh: (values: tf.Tensor) => tf.Tensor): tf.Scalar {
  const op = tf.customGrad((...args) => {
    const [x, save] = args as [tf.Tensor, tf.GradSaveFunc];
    const weights = weigh(x);
    const shares = tf.div(weights, tf.maximum(tf.sum(weights), 1));
    save([shares]);
    return {
      value: tf.sum(tf.mul(x, shares)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0]!, dy),
    };
  });
  return op(values) as tf.Scalar;
}
