import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { installedEngines } from '../engine-cache.ts';
import { selectEngine } from '../select-engine.ts';
import { installConvolutions } from './convolutions.ts';
import { loadedNativeBackend } from './native-backend.ts';
import { hasOwnOperations } from './own-operations.ts';

interface Case {
  readonly x: [number, number, number, number];
  readonly filter: [number, number, number, number];
  readonly strides: number;
  readonly pad: 'same' | 'valid';
}

const cases: Case[] = [
  { x: [3, 17, 15, 3], filter: [7, 7, 3, 32], strides: 2, pad: 'valid' },
  { x: [3, 7, 5, 32], filter: [3, 3, 32, 16], strides: 1, pad: 'same' },
  { x: [3, 12, 11, 16], filter: [3, 3, 16, 48], strides: 2, pad: 'same' },
  { x: [2, 13, 14, 16], filter: [3, 2, 16, 32], strides: 2, pad: 'valid' },
  { x: [2, 12, 12, 48], filter: [1, 1, 48, 16], strides: 2, pad: 'valid' },
  { x: [2, 16, 17, 16], filter: [4, 5, 16, 16], strides: 3, pad: 'same' },
  { x: [17, 4, 4, 32], filter: [3, 3, 32, 80], strides: 1, pad: 'same' },
];

const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);

/** Output, output with bias and activation, and both gradients of a weighted sum of the output. */
function results({ x: xShape, filter: filterShape, strides, pad }: Case): number[][] {
  return tf.tidy(() => {
    const x = random(xShape, 1) as tf.Tensor4D;
    const filter = random(filterShape, 2) as tf.Tensor4D;
    const y = tf.conv2d(x, filter, strides, pad);
    const weights = random(y.shape, 3);
    const gradients = tf.grads((a, b) =>
      tf.sum(tf.mul(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad), weights)),
    )([x, filter]);
    const bias = random([filterShape[3]], 4) as tf.Tensor1D;
    const fused = (['linear', 'relu', 'prelu'] as const).map((activation) =>
      tf.fused.conv2d({
        x,
        filter,
        strides,
        pad,
        bias,
        activation,
        ...(activation === 'prelu' ? { preluActivationWeights: random([filterShape[3]], 5) } : {}),
      }),
    );
    return [y, ...gradients, ...fused].map((tensor) => Array.from(tensor.dataSync()));
  });
}

let stock: number[][][];
const isInstalled = (await installedEngines()).length > 0;
if (isInstalled) await selectEngine({ require: 'tensorflow' });
const native = loadedNativeBackend()!;
const isThere = isInstalled && hasOwnOperations(native);
const mustBeThere =
  isInstalled && process.arch === 'x64' && /\bavx2\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));

afterEach(() => vi.restoreAllMocks());

describe.runIf(isThere)("the engine's own convolutions", () => {
  beforeAll(() => {
    stock = cases.map(results);
    installConvolutions(native);
  });

  test.each(cases)('$x by $filter, stride $strides, $pad: as TensorFlow computes it', (of) => {
    const operations = [vi.spyOn(native, 'executeSingleOutput'), vi.spyOn(native, 'executeMultipleOutputs')];
    const before = tf.memory().numTensors;
    const found = results(of);
    expect(tf.memory().numTensors).toBe(before);
    const called = operations.flatMap(({ mock }) => mock.calls.map(([name]) => name));
    const names = new Set(called.filter((name) => /Conv/.test(name)));
    const gradient = of.x[3] % 16 === 0 ? 'FtConv2DInputGradient' : 'Conv2DBackpropInput';
    expect(names).toEqual(new Set(['FtConv2D', gradient, 'FtConv2DFilterGradient']));
    found.forEach((values, k) => {
      const expected = stock[cases.indexOf(of)]![k]!;
      expect(values).toHaveLength(expected.length);
      const largest = Math.max(...expected.map(Math.abs));
      const worst = Math.max(...values.map((value, i) => Math.abs(value - expected[i]!)));
      expect(worst / largest).toBeLessThan(1e-5);
    });
    expect(results(of)).toEqual(found);
  });

  test('gradients are what finite differences say', () => {
    const of = cases[2]!;
    const loss = (x: tf.Tensor, filter: tf.Tensor) => {
      const y = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, of.strides, of.pad);
      return tf.sum(tf.mul(y, random(y.shape, 6))) as tf.Scalar;
    };
    tf.tidy(() => {
      const at = [random(of.x, 7), random(of.filter, 8)] as const;
      const gradients = tf.grads(loss)([...at]);
      for (let seed = 9; seed < 14; seed++) {
        const along = [random(of.x, seed), random(of.filter, 100 + seed)];
        gradients.forEach((gradient, k) => {
          const moved = (step: number) => {
            const inputs = at.map((tensor, i) =>
              i === k ? tf.add(tensor, tf.mul(along[k]!, step)) : tensor,
            );
            return loss(inputs[0]!, inputs[1]!).dataSync()[0]!;
          };
          const slope = tf.sum(tf.mul(gradient, along[k]!)).dataSync()[0]!;
          const size = tf.norm(gradient).dataSync()[0]! * tf.norm(along[k]!).dataSync()[0]!;
          expect(Math.abs((moved(0.5) - moved(-0.5) - slope) / size)).toBeLessThan(1e-4);
        });
      }
    });
  });

  test.each<[string, () => tf.Tensor]>([
    ['ten channels', () => tf.conv2d(tf.ones<tf.Rank.R4>([2, 8, 8, 3]), tf.ones([3, 3, 3, 10]), 1, 'same')],
    [
      'a dilation',
      () => tf.conv2d(tf.ones<tf.Rank.R4>([2, 8, 8, 3]), tf.ones([3, 3, 3, 16]), 1, 'same', 'NHWC', 2),
    ],
    [
      'two strides',
      () => tf.conv2d(tf.ones<tf.Rank.R4>([2, 9, 18, 3]), tf.ones([3, 3, 3, 16]), [1, 2], 'same'),
    ],
    ['few places', () => tf.conv2d(tf.ones<tf.Rank.R4>([1, 3, 5, 3]), tf.ones([3, 3, 3, 16]), 1, 'same')],
  ])('leave %s to TensorFlow', (_, compute) => {
    const operations = vi.spyOn(native, 'executeSingleOutput');
    tf.dispose(tf.tidy(compute));
    expect(operations.mock.calls.map(([name]) => name)).toContain('Conv2D');
    expect(operations.mock.calls.map(([name]) => name)).not.toContain('FtConv2D');
  });

  test('NaN goes through the ReLU', () => {
    const y = tf.tidy(() => {
      const x = tf.mul(tf.ones([1, 8, 8, 1]), Number.NaN) as tf.Tensor4D;
      const filter = tf.ones([1, 1, 1, 16]) as tf.Tensor4D;
      return tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', activation: 'relu' }).dataSync();
    });
    expect([...y].every(Number.isNaN)).toBe(true);
  });
});

test.runIf(mustBeThere)('the operations were built at the installation, and work', () => {
  expect(isThere).toBe(true);
  expect(installConvolutions(native)).toContain('Conv2D');
  const conv2d = tf.getKernel('Conv2D', 'tensorflow');
  expect(installConvolutions(native)).toContain('Conv2D');
  expect(tf.getKernel('Conv2D', 'tensorflow')).toBe(conv2d);
});
