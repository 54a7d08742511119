import { InvalidArgumentError } from '@ft/errors';
import type * as tf from '@tensorflow/tfjs-core';
import { assertFinite } from './assert-finite.ts';

/** Two matrices of rows of the same width, or one. */
export function checkEmbeddings(
  where: string,
  x: tf.Tensor2D,
  y: tf.Tensor2D | undefined,
  checkFinite: boolean,
): void {
  checkMatrix(where, 'x', x, checkFinite);
  if (y === undefined || y === x) return;
  checkMatrix(where, 'y', y, checkFinite);
  if (y.shape[1] !== x.shape[1]) {
    throw new InvalidArgumentError({
      where,
      argument: 'y',
      expected: `of the same dimension as x, ${x.shape[1]}`,
      got: y,
    });
  }
}

/** A float32 matrix with at least one row and one column. */
export function checkMatrix(
  where: string,
  argument: string,
  matrix: tf.Tensor2D,
  checkFinite: boolean,
): void {
  if (matrix?.shape?.length !== 2 || matrix.size === 0 || matrix.dtype !== 'float32') {
    throw new InvalidArgumentError({
      where,
      argument,
      expected: 'a float32 tensor of rank 2 with at least one element',
      got: matrix,
    });
  }
  if (checkFinite) assertFinite(where, argument, matrix);
}

/** A finite number in [minimum, maximum]; `exclusive` leaves out the minimum. */
export function checkNumber(
  where: string,
  argument: string,
  value: number,
  { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY, exclusive = false } = {},
): void {
  if (Number.isFinite(value) && value <= maximum && (exclusive ? value > minimum : value >= minimum)) return;
  const limits = [
    minimum === Number.NEGATIVE_INFINITY ? '' : ` ${exclusive ? 'above' : 'of at least'} ${minimum}`,
    maximum === Number.POSITIVE_INFINITY ? '' : ` of at most ${maximum}`,
  ].filter((limit) => limit !== '');
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `a finite number${limits.join(' and')}`,
    got: value,
  });
}

/** An integer of at least `minimum`. */
export function checkInteger(where: string, argument: string, value: number, minimum: number): void {
  if (Number.isSafeInteger(value) && value >= minimum) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `an integer of at least ${minimum}`,
    got: value,
  });
}

/** One of the listed names. */
export function checkName(where: string, argument: string, value: string, names: readonly string[]): void {
  if (names.includes(value)) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: names.map((name) => `"${name}"`).join(' or '),
    got: value,
  });
}
