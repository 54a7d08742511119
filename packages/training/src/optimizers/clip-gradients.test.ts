import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { clipGradients, globalNorm } from './clip-gradients.ts';

beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
});

const gradients = () =>
  new Map<string, tf.Tensor>([
    ['a', tf.tensor2d([3, 0], [1, 2])],
    ['b', tf.tensor1d([-4])],
  ]);

test('the length is that of all numbers together', () => {
  expect(globalNorm([...gradients().values()]).dataSync()[0]).toBeCloseTo(5);
});

test('long gradients are shortened by one factor, short ones stay', () => {
  const before = tf.memory().numTensors;
  const long = gradients();
  expect(clipGradients(long, 5, 5)).toBe(long);
  const clipped = clipGradients(long, 5, 1);
  expect([...clipped.get('a')!.dataSync()][0]).toBeCloseTo(0.6);
  expect([...clipped.get('b')!.dataSync()][0]).toBeCloseTo(-0.8);
  expect(globalNorm([...clipped.values()]).dataSync()[0]).toBeCloseTo(1);
  expect(tf.memory().numTensors).toBe(before + 3);
});
