import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { checkNumber } from './check-arguments.ts';

/** One part of a sum of losses. */
export interface WeightedTerm<A extends readonly unknown[]> {
  readonly loss: (...args: A) => tf.Scalar;
  /** 1 by default. */
  readonly weight?: number;
}

/**
 * The weighted sum of losses that take the same arguments, as one loss.
 *
 * @param terms at least one loss with its weight
 * @returns a loss; what it returns is the sum, not the mean
 * @throws InvalidArgumentError where there is no term or a weight is not finite
 */
export function combineLosses<A extends readonly unknown[]>(
  terms: readonly WeightedTerm<A>[],
): (...args: A) => tf.Scalar {
  const where = 'combineLosses';
  if (terms.length === 0) {
    throw new InvalidArgumentError({ where, argument: 'terms', expected: 'at least one loss', got: terms });
  }
  terms.forEach(({ weight = 1 }, i) => checkNumber(where, `terms[${i}].weight`, weight));
  return (...args) =>
    tf.tidy(() => tf.addN(terms.map(({ loss, weight = 1 }) => tf.mul<tf.Scalar>(loss(...args), weight))));
}
