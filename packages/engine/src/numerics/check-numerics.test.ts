import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs'; // registers the gradients and the cpu backend
import { afterEach, beforeAll, expect, it } from 'vitest';
import { checkNumerics } from './check-numerics.ts';
import { NonFiniteError } from './non-finite-error.ts';

let end: () => void = () => {};

beforeAll(async () => {
  tf.env().set('IS_TEST', true);
  await tf.setBackend('cpu');
});

afterEach(() => end());

function errorOf(run: () => void): NonFiniteError {
  try {
    tf.tidy(run);
  } catch (error) {
    if (NonFiniteError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('No NonFiniteError was thrown.');
}

it('names the first kernel that gives NaN or infinity', () => {
  end = checkNumerics();
  const x = tf.tensor2d([1, 2, -3, 4], [2, 2]);
  const error = errorOf(() => tf.mul(tf.sqrt(tf.add(x, 1)), 2));
  expect(error.code).toBe('FT_NON_FINITE');
  expect(error.details).toEqual({
    kernel: 'Sqrt',
    shape: [2, 2],
    index: 2,
    value: Number.NaN,
    fromInput: false,
  });
  expect(error.message).toBe(
    'Sqrt gave NaN at position 2 of its output of shape [2, 2]. It is the first kernel that did; the stack below names the caller.',
  );
  const logOfZero = errorOf(() => tf.log(tf.zeros([3])));
  expect(logOfZero.details).toMatchObject({ kernel: 'Log', index: 0, value: -Infinity });
  x.dispose();
});

it('sees the backward pass', () => {
  end = checkNumerics();
  // The root itself is finite; its gradient at 0 is not.
  const error = errorOf(() => void tf.grad((x: tf.Tensor) => tf.sqrt(x))(tf.tensor1d([4, 0])));
  expect(error.details).toMatchObject({ index: 1, fromInput: false });
  expect(error.details.kernel).not.toBe('Sqrt');
});

it('says when a number came from outside', () => {
  end = checkNumerics();
  const error = errorOf(() => tf.add(tf.tensor1d([0, Number.NaN]), 1));
  expect(error.details).toEqual({ kernel: 'Add', shape: [2], index: 1, value: Number.NaN, fromInput: true });
  expect(error.message).toMatch(/^Add got NaN at position 1 of its input/);
});

it('lets finite numbers and integers pass, and ends', () => {
  const before = tf.memory().numTensors;
  end = checkNumerics();
  tf.tidy(() => tf.topk(tf.tensor1d([3, 1, 2]), 2).values.dataSync());
  end();
  expect(tf.tidy(() => tf.log(tf.tensor1d([0])).dataSync()[0])).toBe(-Infinity);
  expect(tf.memory().numTensors).toBe(before);
});
