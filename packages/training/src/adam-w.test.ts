import '@tensorflow/tfjs';
import { accelerate, selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { adamW, linearDecay } from './index.ts';

// With the engine's own kernel, and composed of plain operations.
const backends = ['tensorflow-or-wasm', 'cpu'] as const;

async function use(backend: (typeof backends)[number]): Promise<void> {
  tf.env().set('PROD', true);
  if (backend === 'cpu') await tf.setBackend('cpu');
  else if ((await selectEngine()).name !== 'wasm') accelerate();
}

const start = { kernel: [0.5, -1, 2, 0], bias: [0.3] };

function variables() {
  return new Map<string, tf.Variable>([
    ['dense1/kernel', tf.variable(tf.tensor2d(start.kernel, [2, 2]))],
    ['dense1/bias', tf.variable(tf.tensor1d(start.bias))],
    ['norm1/mean', tf.variable(tf.tensor1d([7]), false)],
  ]);
}

function gradients(step: number) {
  return new Map<string, tf.Tensor>([
    ['dense1/kernel', tf.tensor2d([Math.sin(step), 0.1, -step, 3], [2, 2])],
    ['dense1/bias', tf.tensor1d([Math.cos(step)])],
  ]);
}

/** Algorithm 2 of the paper, on one number. */
function oracle(
  weight: number,
  gradient: (step: number) => number,
  rate: number,
  decay: number,
  steps: number,
): number {
  let m = 0;
  let v = 0;
  for (let t = 1; t <= steps; t++) {
    const g = gradient(t);
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const change = m / (1 - 0.9 ** t) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
    weight = weight - rate * change - rate * decay * weight;
  }
  return weight;
}

test.each(backends)(
  'twenty steps agree with the paper, weight decay on kernels only (%s)',
  async (backend) => {
    await use(backend);
    const weights = variables();
    const optimizer = adamW(weights, { weightDecay: 0.05 });
    for (let step = 1; step <= 20; step++) optimizer.apply(gradients(step), 0.01);
    const kernel = weights.get('dense1/kernel')!.dataSync();
    const of = [(t: number) => Math.sin(t), () => 0.1, (t: number) => -t, () => 3];
    of.forEach((gradient, i) => {
      expect(kernel[i]).toBeCloseTo(oracle(start.kernel[i]!, gradient, 0.01, 0.05, 20), 5);
    });
    expect(weights.get('dense1/bias')!.dataSync()[0]).toBeCloseTo(oracle(0.3, Math.cos, 0.01, 0, 20), 5);
    expect(weights.get('norm1/mean')!.dataSync()[0]).toBe(7);
  },
);

test.each(backends)('no tensor is left behind, and dispose gives back the state (%s)', async (backend) => {
  await use(backend);
  const weights = variables();
  const before = tf.memory().numTensors;
  const optimizer = adamW(weights);
  const step = gradients(1);
  const held = tf.memory().numTensors;
  for (let i = 0; i < 3; i++) optimizer.apply(step, 0.01);
  expect(tf.memory().numTensors).toBe(held);
  tf.dispose([...step.values()]);
  optimizer.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test.each(backends)('a state that was saved and loaded continues exactly (%s)', async (backend) => {
  await use(backend);
  const weights = variables();
  const optimizer = adamW(weights);
  for (let step = 1; step <= 5; step++) optimizer.apply(gradients(step), 0.01);
  const state = optimizer.exportState();
  const copies = new Map([...weights].map(([name, weight]) => [name, tf.variable(weight, weight.trainable)]));
  const other = adamW(copies);
  other.importState(state);
  for (let step = 6; step <= 8; step++) {
    optimizer.apply(gradients(step), 0.01);
    other.apply(gradients(step), 0.01);
  }
  for (const [name, weight] of weights) expect(copies.get(name)!.dataSync()).toEqual(weight.dataSync());
});

test('the state of other weights is refused', () => {
  const optimizer = adamW(variables());
  const foreign = adamW(new Map([['dense1/kernel', tf.variable(tf.zeros([3, 2]))]])).exportState();
  expect(() => optimizer.importState(foreign)).toThrow(
    'adamW.importState: state "mean/dense1/kernel" must be of shape [2, 2], got a tensor of shape [3, 2].',
  );
});

test('the learning rate rises over the warm-up and falls to the end', () => {
  const rate = linearDecay({ peak: 1, steps: 10, warmup: 2 });
  expect(rate(0)).toBeCloseTo(1 / 3);
  expect(rate(1)).toBeCloseTo(2 / 3);
  expect(rate(2)).toBe(1);
  expect(rate(6)).toBeCloseTo(0.5);
  expect(rate(9)).toBeCloseTo(1 / 8);
  expect(rate(10)).toBe(0);
  expect(Math.max(...Array.from({ length: 10 }, (_, step) => rate(step)))).toBe(1);
});

test.each([
  [{ peak: Number.NaN, steps: 1 }, 'linearDecay: peak must be a finite number above 0, got NaN.'],
  [{ peak: 1, steps: 0 }, 'linearDecay: steps must be a positive integer, got 0.'],
  [{ peak: 1, steps: 5, warmup: 5 }, 'linearDecay: warmup must be an integer from 0 to 4, got 5.'],
])('bad schedules are refused: %o', (options, message) => {
  expect(() => linearDecay(options)).toThrow(message);
});
