import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { accelerate } from './accelerate.ts';
import { loadNative } from './load-native.ts';

type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor;
let original: Map<string, tf.GradConfig>;

beforeAll(() => {
  loadNative();
  tf.setBackend('tensorflow');
  const names = ['Relu', 'Relu6', 'LeakyRelu', 'FusedBatchNorm'];
  original = new Map(names.map((name) => [name, tf.getGradient(name)]));
  accelerate();
});

const random = (shape: number[], seed: number, mean = 0) => tf.randomNormal(shape, mean, 1, 'float32', seed);

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

function withOriginalGradients<T>(run: () => T): T {
  const current = [...original.keys()].map((name) => tf.getGradient(name));
  original.forEach((config) => tf.registerGradient(config));
  try {
    return run();
  } finally {
    current.forEach((config) => tf.registerGradient(config));
  }
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
];

describe('gradients', () => {
  it.each(cases)('%s: as tfjs composes it, and as finite differences say', (_, f, inputs) => {
    const xs = inputs();
    const before = tf.memory().numTensors;
    const got = gradients(f, xs);
    expect(tf.memory().numTensors).toBe(before);
    expectClose(
      got,
      withOriginalGradients(() => gradients(f, xs)),
      2e-5,
    );
    expectClose(got, differences(f, xs), 2e-2);
    tf.dispose(xs);
  });

  it('of a gradient is the composed one', () => {
    const x = random([6], 12);
    const inner = tf.grad((u: tf.Tensor) => tf.square(tf.relu(u)));
    const run = () => gradients((v) => tf.square(inner(v!)), [x]);
    expectClose(run(), withOriginalGradients(run), 1e-6);
  });
});

it('names what is in place and is idempotent', () => {
  const relu = tf.getGradient('Relu');
  expect(accelerate()).toEqual(expect.arrayContaining(['FtBatchNormTraining', 'gradient of Relu']));
  expect(tf.getGradient('Relu')).toBe(relu);
});
