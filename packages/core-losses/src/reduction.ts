import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { isPositive } from './is-positive.ts';

/** The single values that a loss is made of, before they become one number. */
export interface LossTerms {
  /** One value a term, of any shape; 0 where a term is not present. */
  readonly values: tf.Tensor;
  /** How many terms are present. */
  readonly count: number;
  /** 1 where a term is present, [size of values]; `undefined` where all are. */
  readonly present?: (() => Uint8Array) | undefined;
  /** The anchor (row of the matrix) of every term, [size of values]. */
  readonly anchors: () => Int32Array;
  /** How many anchors there are, those without a term included. */
  readonly anchorCount: number;
}

/** Makes one number of the terms of a loss; 0 where no term is present. */
export type Reducer = (terms: LossTerms) => tf.Scalar;

/**
 * How the terms of a loss become one number: their mean, the mean of those above 0, their sum, or a
 * {@link Reducer}. Each is 0, with gradient 0, where there is no term.
 */
export type Reduction = 'mean' | 'non-zero-mean' | 'sum' | Reducer;

export function reduce(where: string, terms: LossTerms, reduction: Reduction): tf.Scalar {
  if (typeof reduction === 'function') return reduction(terms);
  switch (reduction) {
    case 'sum':
      return tf.sum(terms.values);
    case 'mean':
      return tf.mul(tf.sum(terms.values), 1 / Math.max(1, terms.count));
    case 'non-zero-mean':
      return nonZeroMean(terms.values);
    default:
      throw new InvalidArgumentError({
        where,
        argument: 'reduction',
        expected: '"mean", "non-zero-mean", "sum" or a reducer',
        got: reduction,
      });
  }
}

const nonZeroMean = /* @__PURE__ */ tf.customGrad((...args) => {
  const [values, save] = args as [tf.Tensor, tf.GradSaveFunc];
  const counted = isPositive(values);
  const weights = tf.div(counted, tf.maximum(tf.sum(counted), 1));
  save([weights]);
  return {
    value: tf.sum(tf.mul(values, weights)),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(saved[0]!, dy),
  };
}) as (values: tf.Tensor) => tf.Scalar;
