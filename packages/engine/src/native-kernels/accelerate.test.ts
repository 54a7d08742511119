import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { accelerate } from './accelerate.ts';
import { installedEngines } from '../engine-cache.ts';
import { selectEngine } from '../select-engine.ts';

type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor;
/** Gradients of every case before {@link accelerate}, as tfjs composes them. */
let composed: Map<string, number[][]>;
let composedPenalty: number[][];
let namesBefore: string[];

const hasNative = (await installedEngines()).length > 0;

beforeAll(async () => {
  if (!hasNative) return;
  namesBefore = accelerate();
  await selectEngine({ require: 'tensorflow' });
  composed = new Map(cases.map(([name, f, inputs]) => [name, tf.tidy(() => gradients(f, inputs()))]));
  composedPenalty = tf.tidy(() => penalty());
  accelerate();
});

const random = (shape: number[], seed: number, mean = 0) => tf.randomNormal(shape, mean, 1, 'float32', seed);

/** Whole numbers from 0 in random order: nothing is equal, and no small step changes which one is the largest. */
const distinct = (shape: number[], seed: number): tf.Tensor => {
  const order = random(shape, seed).flatten().dataSync();
  const ranks = Array.from(order.keys()).sort((a, b) => order[a]! - order[b]!);
  return tf.tensor(ranks, shape, 'float32');
};

/** f's output with a weight of its own for every number, summed. */
const weighted = (f: TensorFunction, xs: tf.Tensor[]): tf.Tensor => {
  const y = f(...xs);
  return tf.sum(tf.mul(y, random(y.shape, 99)));
};

/** Gradients of the weighted sum of f by tfjs. */
function gradients(f: TensorFunction, inputs: tf.Tensor[]): number[][] {
  return tf.tidy(() =>
    tf
      .grads((...xs: tf.Tensor[]) => weighted(f, xs))(inputs)
      .map((g) => Array.from(g.dataSync())),
  );
}

/** The same gradients by central differences. */
function differences(f: TensorFunction, inputs: tf.Tensor[]): number[][] {
  const step = 1e-2;
  return tf.tidy(() =>
    inputs.map((input, k) =>
      Array.from(input.dataSync(), (_, i) => {
        const at = (delta: number) => {
          const values = input.dataSync().slice();
          values[i] = values[i]! + delta;
          const moved = inputs.map((x, j) => (j === k ? tf.tensor(values, input.shape) : x));
          return weighted(f, moved).dataSync()[0]!;
        };
        return (at(step) - at(-step)) / (2 * step);
      }),
    ),
  );
}

function expectClose(got: number[][], expected: number[][], tolerance: number): void {
  expect(got.map((g) => g.length)).toEqual(expected.map((g) => g.length));
  got.forEach((g, k) => {
    const scale = Math.max(1e-3, ...expected[k]!.map(Math.abs));
    const worst = Math.max(...g.map((v, i) => Math.abs(v - expected[k]![i]!)));
    expect(worst / scale).toBeLessThan(tolerance);
  });
}

const batchNorm4d: TensorFunction = (x, mean, variance, offset, scale) =>
  tf.batchNorm(
    x as tf.Tensor4D,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    offset as tf.Tensor1D,
    scale as tf.Tensor1D,
    1e-2,
  );

const cases: [string, TensorFunction, () => tf.Tensor[]][] = [
  ['relu', (x) => tf.relu(x!), () => [random([3, 7], 1)]],
  ['relu6', (x) => tf.relu6(x!), () => [tf.mul(random([3, 7], 2), 5)]],
  ['leakyRelu', (x) => tf.leakyRelu(x!, 0.3), () => [random([2, 3, 4], 3)]],
  [
    'batchNorm',
    batchNorm4d,
    () => [
      random([2, 3, 2, 4], 4),
      random([4], 5),
      tf.add(tf.abs(random([4], 6)), 0.5),
      random([4], 7),
      random([4], 8),
    ],
  ],
  [
    'batchNorm in training, as tfjs-layers writes it',
    (x, offset, scale) => {
      const { mean, variance } = tf.moments(x!, [0, 1, 2]);
      return batchNorm4d(x!, mean, variance, offset!, scale!);
    },
    () => [random([3, 3, 2, 4], 9), random([4], 10), random([4], 11)],
  ],
  [
    'prelu, a slope a channel',
    (x, alpha) => tf.prelu(x!, alpha!),
    () => [random([2, 3, 4], 13), random([4], 14)],
  ],
  [
    'prelu, slopes in [0, 1]',
    (x, alpha) => tf.prelu(x!, alpha!),
    () => [random([2, 3, 2, 4], 24), tf.tensor1d([0, 0.25, 0.5, 1])],
  ],
  [
    'prelu, slopes of shape [1, C]',
    (x, alpha) => tf.prelu(x!, alpha!),
    () => [random([5, 4], 25), random([1, 4], 26)],
  ],
  ['prelu, one slope', (x, alpha) => tf.prelu(x!, alpha!), () => [random([2, 3, 4], 13), random([1], 14)]],
  [
    'prelu, a slope a number',
    (x, alpha) => tf.prelu(x!, alpha!),
    () => [random([3, 4], 13), random([3, 4], 14)],
  ],
  [
    'max pool, windows that overlap',
    (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'valid'),
    () => [distinct([2, 7, 9, 5], 27)],
  ],
  [
    'max pool, padded by itself to the same size',
    (x) => tf.maxPool(x as tf.Tensor4D, [2, 3], [2, 1], 'same'),
    () => [distinct([1, 5, 4, 3], 28)],
  ],
  [
    'max pool, a window of 300 numbers',
    (x) => tf.maxPool(x as tf.Tensor4D, [15, 20], 1, 'valid'),
    () => [distinct([1, 16, 20, 2], 29)],
  ],
  [
    'max pool, many equal numbers: constant',
    (x) => tf.maxPool(tf.relu(tf.sub(x!, 40)) as tf.Tensor4D, 3, 1, 'same'),
    () => [distinct([2, 6, 6, 4], 30)],
  ],
  ['a bias', (x, bias) => tf.add(x!, bias!), () => [random([2, 3, 2, 4], 31), random([4], 32)]],
  ['a bias before it', (bias, x) => tf.add(bias!, x!), () => [random([1, 4], 33), random([5, 2, 4], 34)]],
  ['a sum that is no bias', (x, y) => tf.add(x!, y!), () => [random([2, 3, 1], 35), random([3, 4], 36)]],
  ['sum over some axes', (x) => tf.sum(x!, [0, 2]), () => [random([2, 3, 4], 15)]],
  ['sum over everything', (x) => tf.sum(x!), () => [random([2, 3], 15)]],
  ['mean over the last axis', (x) => tf.mean(x!, -1), () => [random([2, 3, 4], 16)]],
  ['mean, keeping axes', (x) => tf.mean(x!, [1, 2], true), () => [random([2, 3, 2, 4], 16)]],
  [
    'batchNorm by the batch, statistics used twice',
    (x, scale) => {
      const { mean, variance } = tf.moments(x!, [0, 1, 2]);
      const zero = tf.zerosLike(mean);
      return tf.add(batchNorm4d(x!, mean, variance, zero, scale!), tf.mul(mean, variance));
    },
    () => [random([3, 3, 2, 4], 17), random([4], 18)],
  ],
  [
    'batchNorm by the moments of another batch',
    (x, other) => {
      const { mean, variance } = tf.moments(other!, [0, 1, 2]);
      return batchNorm4d(x!, mean, variance, tf.zeros([4]), tf.ones([4]));
    },
    () => [random([3, 3, 2, 4], 19), random([2, 3, 2, 4], 20)],
  ],
  [
    'batchNorm by moments over other axes of the same length',
    (x) => {
      const { mean, variance } = tf.moments(x!, [1, 2, 3]);
      return batchNorm4d(x!, mean, variance, tf.zeros([4]), tf.ones([4]));
    },
    () => [random([4, 3, 2, 4], 21)],
  ],
  [
    'batchNorm by moments of a constant copy',
    (x) => {
      const constant = tf.tensor(x!.dataSync(), x!.shape);
      const { mean, variance } = tf.moments(constant, [0, 1, 2]);
      return tf.mul(batchNorm4d(x!, mean, variance, tf.zeros([4]), tf.ones([4])), 1);
    },
    () => [random([4, 3, 2, 4], 22)],
  ],
];

const batchNormByBatch: TensorFunction = (x) => {
  const { mean, variance } = tf.moments(x!, [0, 1, 2]);
  return batchNorm4d(x!, mean, variance, tf.zeros([4]), tf.ones([4]));
};

/** Gradient of the squared gradient of a small network. */
function penalty(): number[][] {
  const inner = tf.grad((u: tf.Tensor) => tf.square(tf.mean(tf.relu(batchNormByBatch(u)), 0)));
  return gradients((v) => tf.square(inner(v!)), [random([3, 3, 2, 4], 12)]);
}

describe.runIf(hasNative)('gradients where the native engine is installed', () => {
  it.each(cases)('%s: as tfjs composes it, and as finite differences say', (name, f, inputs) => {
    const xs = inputs();
    const before = tf.memory().numTensors;
    const got = gradients(f, xs);
    expect(tf.memory().numTensors).toBe(before);
    expectClose(got, composed.get(name)!, 2e-5);
    if (!name.includes('constant')) expectClose(got, differences(f, xs), 2e-2);
    tf.dispose(xs);
  });

  it('leave the moments of the batch out of the backward pass', async () => {
    const x = random([3, 3, 2, 4], 23);
    const { kernelNames } = await tf.profile(() => void gradients(batchNormByBatch, [x]));
    // The gradient of x - mean would negate.
    expect(kernelNames).toContain('FusedBatchNorm');
    expect(kernelNames).not.toContain('Neg');
    x.dispose();
  });

  it('of a gradient is the composed one', () => {
    expectClose(tf.tidy(penalty), composedPenalty, 1e-5);
  });
});

it.runIf(hasNative)('names what is in place and is idempotent', () => {
  // Nothing is done before the native engine is loaded.
  expect(namesBefore).toEqual([]);
  const relu = tf.getGradient('Relu');
  expect(accelerate()).toEqual(expect.arrayContaining(['FtBatchNormTraining', 'gradient of Relu']));
  expect(tf.getGradient('Relu')).toBe(relu);
});
