import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { installedEngines } from '../engine-cache.ts';
import { selectEngine } from '../select-engine.ts';
import { fuseOptimizers } from './fused-optimizers.ts';
import { APPLY_ADAM, APPLY_MOMENTUM } from './optimizer-kernel-names.ts';
import { registerOptimizers } from './register-optimizers.ts';

const stockAdam = tf.AdamOptimizer.prototype.applyGradients;
const stockMomentum = tf.MomentumOptimizer.prototype.applyGradients;

const hasNative = (await installedEngines()).length > 0;
const native = hasNative ? ['tensorflow'] : [];

beforeAll(async () => {
  tf.env().set('IS_TEST', true);
  if (hasNative) await selectEngine({ require: 'tensorflow' });
  await tf.setBackend('wasm');
  registerOptimizers();
  fuseOptimizers();
});

const numbers = (size: number, seed: number) =>
  Array.from({ length: size }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233) * 2);

function expectClose(got: ArrayLike<number>, expected: readonly number[]): void {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < got.length; i++) {
    expect(Math.abs(got[i]! - expected[i]!)).toBeLessThanOrEqual(
      1e-5 * Math.max(Math.abs(expected[i]!), 0.01),
    );
  }
}

function run(kernel: string, inputs: Record<string, number[]>, attrs: tf.NamedAttrMap): number[][] {
  return tf.tidy(() => {
    const tensors = Object.fromEntries(Object.entries(inputs).map(([name, v]) => [name, tf.tensor1d(v)]));
    const outputs = tf.engine().runKernel(kernel, tensors, attrs) as tf.Tensor[];
    // The inputs must survive.
    for (const [name, v] of Object.entries(inputs))
      expectClose(tensors[name]!.dataSync(), v.map(Math.fround));
    return outputs.map((t) => Array.from(t.dataSync()));
  });
}

describe.each(['cpu', 'wasm', ...native])('on %s', (backend) => {
  beforeAll(() => {
    tf.setBackend(backend);
  });

  it.each([0, 0.1])('makes AdamW steps (weight decay %f)', (weightDecay) => {
    const [lr, beta1, beta2, epsilon] = [0.01, 0.9, 0.99, 1e-3];
    let [value, m, v] = [numbers(5, 1), Array<number>(5).fill(0), Array<number>(5).fill(0)];
    let got = [value, m, v];
    for (let step = 1; step <= 3; step++) {
      const gradient = numbers(5, step + 1);
      got = run(
        APPLY_ADAM,
        { value: got[0]!, gradient, m: got[1]!, v: got[2]! },
        { learningRate: lr, beta1, beta2, epsilon, step, weightDecay },
      );
      m = m.map((a, i) => beta1 * a + (1 - beta1) * gradient[i]!);
      v = v.map((a, i) => beta2 * a + (1 - beta2) * gradient[i]! ** 2);
      value = value.map(
        (w, i) =>
          w -
          lr * weightDecay * w -
          (lr * (m[i]! / (1 - beta1 ** step))) / (Math.sqrt(v[i]! / (1 - beta2 ** step)) + epsilon),
      );
    }
    [value, m, v].forEach((expected, k) => expectClose(got[k]!, expected));
  });

  it.each([
    [false, 0],
    [true, 0],
    [false, 0.1],
    [true, 0.1],
  ])('makes momentum steps (nesterov %s, weight decay %f)', (nesterov, weightDecay) => {
    const [learningRate, momentum] = [0.05, 0.8];
    let [value, accumulator] = [numbers(5, 1), Array<number>(5).fill(0)];
    let got = [value, accumulator];
    for (let step = 1; step <= 3; step++) {
      const gradient = numbers(5, step + 1);
      got = run(
        APPLY_MOMENTUM,
        { value: got[0]!, gradient, accumulator: got[1]! },
        { learningRate, momentum, nesterov, weightDecay },
      );
      const g = gradient.map((d, i) => d + weightDecay * value[i]!);
      accumulator = accumulator.map((a, i) => momentum * a + g[i]!);
      value = value.map(
        (w, i) => w - learningRate * (nesterov ? g[i]! + momentum * accumulator[i]! : accumulator[i]!),
      );
    }
    [value, accumulator].forEach((expected, k) => expectClose(got[k]!, expected));
  });

  const makers: [string, () => tf.Optimizer, typeof stockAdam][] = [
    ['adam', () => tf.train.adam(0.05, 0.8, 0.9), stockAdam],
    ['momentum', () => tf.train.momentum(0.05, 0.8), stockMomentum],
    ['nesterov', () => tf.train.momentum(0.05, 0.8, true), stockMomentum],
  ];
  it.each(makers)(
    'tf.train.%s goes where the stock update goes, and keeps its state',
    async (_, make, stock) => {
      const trajectories: number[][] = [];
      for (const stockUpdate of [true, false]) {
        const optimizers = [make(), make()];
        if (stockUpdate) for (const each of optimizers) each.applyGradients = stock;
        const w = tf.variable(tf.tensor1d(numbers(4, 1)));
        const minimize = (optimizer: tf.Optimizer) =>
          optimizer.minimize(() => tf.sum(tf.square(tf.sub(w, 3))) as tf.Scalar, false, [w]);
        minimize(optimizers[0]!);
        minimize(optimizers[0]!);
        const { numTensors } = tf.memory();
        minimize(optimizers[0]!);
        expect(tf.memory().numTensors).toBe(numTensors);
        await optimizers[1]!.setWeights(await optimizers[0]!.getWeights());
        minimize(optimizers[1]!);
        trajectories.push(Array.from(w.dataSync()));
        w.dispose();
      }
      expectClose(trajectories[1]!, trajectories[0]!);
    },
  );
});

it.runIf(hasNative)('takes variables of different shapes in turn on the native engine', () => {
  tf.setBackend('tensorflow');
  const shapes = [[2, 3], [4], []];
  const variables = shapes.map((shape) => tf.variable(tf.ones(shape)));
  const adam = tf.train.adam(0.1);
  const loss = () => tf.addN(variables.map((v) => tf.sum(tf.square(v)))) as tf.Scalar;
  adam.minimize(loss, false, variables);
  variables.forEach((v, i) => {
    expect(v.shape).toEqual(shapes[i]);
    expectClose(v.dataSync(), Array<number>(v.size).fill(0.9));
  });
  tf.dispose(variables);
});

it('leaves the stock update to other backends', () => {
  tf.setBackend('cpu');
  const w = tf.variable(tf.tensor1d([1, 2]));
  const adam = tf.train.adam(0.1);
  tf.unregisterKernel(APPLY_ADAM, 'cpu');
  adam.minimize(() => tf.sum(tf.square(w)) as tf.Scalar, false, [w]);
  registerOptimizers();
  expectClose(w.dataSync(), [0.9, 1.9]);
  w.dispose();
});
