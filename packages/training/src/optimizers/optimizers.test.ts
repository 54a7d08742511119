import '@tensorflow/tfjs';
import { accelerate, selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { adamW, sgd, type Optimizer, type ParameterUpdate } from '../index.ts';

// With the engine's own kernel, and composed of plain operations.
const backends = ['tensorflow-or-wasm', 'cpu'] as const;
const optimizers: readonly [string, () => Optimizer][] = [
  ['adamW', () => adamW({ weightDecay: 0.05 })],
  ['sgd', () => sgd({ momentum: 0.8, weightDecay: 0.05 })],
  ['sgd with Nesterov', () => sgd({ momentum: 0.8, nesterov: true })],
];
const cases = backends.flatMap((backend) => optimizers.map(([name, make]) => [name, backend, make] as const));

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
  ]);
}

const kernelGradients = [(t: number) => Math.sin(t), () => 0.1, (t: number) => -t, () => 3];

function updates(
  weights: ReadonlyMap<string, tf.Variable>,
  step: number,
  changes: Partial<ParameterUpdate> = {},
): ParameterUpdate[] {
  const gradients = [
    tf.tensor2d(
      kernelGradients.map((of) => of(step)),
      [2, 2],
    ),
    tf.tensor1d([Math.cos(step)]),
  ];
  return [...weights].map(([name, value], i) => ({
    name,
    value,
    gradient: gradients[i]!,
    learningRate: 0.01,
    ...changes,
  }));
}

/** Algorithm 2 of the paper on AdamW, on one number. */
function adamOracle(
  weight: number,
  gradient: (step: number) => number,
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
    weight = weight - 0.01 * change - 0.01 * decay * weight;
  }
  return weight;
}

function sgdOracle(
  weight: number,
  gradient: (step: number) => number,
  decay: number,
  steps: number,
  nesterov: boolean,
): number {
  let a = 0;
  for (let t = 1; t <= steps; t++) {
    const g = gradient(t) + decay * weight;
    a = 0.8 * a + g;
    weight -= 0.01 * (nesterov ? g + 0.8 * a : a);
  }
  return weight;
}

test.each(backends)('adamW agrees with the paper, weight decay on kernels only (%s)', async (backend) => {
  await use(backend);
  const weights = variables();
  const optimizer = adamW({ weightDecay: 0.05 });
  for (let step = 1; step <= 20; step++) optimizer.apply(updates(weights, step));
  const kernel = weights.get('dense1/kernel')!.dataSync();
  kernelGradients.forEach((gradient, i) => {
    expect(kernel[i]).toBeCloseTo(adamOracle(start.kernel[i]!, gradient, 0.05, 20), 5);
  });
  expect(weights.get('dense1/bias')!.dataSync()[0]).toBeCloseTo(adamOracle(0.3, Math.cos, 0, 20), 5);
});

test.each(backends.flatMap((backend) => [[backend, false] as const, [backend, true] as const]))(
  'sgd agrees with its formula, weight decay on kernels only (%s, Nesterov %s)',
  async (backend, nesterov) => {
    await use(backend);
    const weights = variables();
    const optimizer = sgd({ momentum: 0.8, nesterov, weightDecay: 0.05 });
    for (let step = 1; step <= 20; step++) optimizer.apply(updates(weights, step));
    const kernel = weights.get('dense1/kernel')!.dataSync();
    kernelGradients.forEach((gradient, i) => {
      expect(kernel[i]).toBeCloseTo(sgdOracle(start.kernel[i]!, gradient, 0.05, 20, nesterov), 4);
    });
    const bias = weights.get('dense1/bias')!.dataSync()[0];
    expect(bias).toBeCloseTo(sgdOracle(0.3, Math.cos, 0, 20, nesterov), 5);
  },
);

test.each(cases)(
  '%s leaves no tensor behind, and dispose gives back the state (%s)',
  async (_, backend, make) => {
    await use(backend);
    const weights = variables();
    const before = tf.memory().numTensors;
    const optimizer = make();
    const step = updates(weights, 1);
    optimizer.apply(step);
    const held = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) optimizer.apply(step);
    expect(tf.memory().numTensors).toBe(held);
    tf.dispose(step.map(({ gradient }) => gradient));
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  },
);

test.each(cases)(
  'the state of %s that was saved and loaded continues exactly (%s)',
  async (_, backend, make) => {
    await use(backend);
    const weights = variables();
    const optimizer = make();
    for (let step = 1; step <= 5; step++) optimizer.apply(updates(weights, step));
    const copies = new Map([...weights].map(([name, weight]) => [name, tf.variable(weight, true)]));
    const other = make();
    other.importState(await optimizer.exportState());
    for (let step = 6; step <= 8; step++) {
      optimizer.apply(updates(weights, step));
      other.apply(updates(copies, step));
    }
    for (const [name, weight] of weights) expect(copies.get(name)!.dataSync()).toEqual(weight.dataSync());
  },
);

test('a weight that joins later begins with its own first step, as if the run began then', async () => {
  await use('tensorflow-or-wasm');
  const [early, late] = [variables(), variables()];
  const optimizer = adamW();
  for (let step = 1; step <= 5; step++) optimizer.apply(updates(early, step).slice(0, 1));
  optimizer.apply(updates(early, 6));
  adamW().apply(updates(late, 6));
  expect(early.get('dense1/bias')!.dataSync()).toEqual(late.get('dense1/bias')!.dataSync());
});

test('an update says its own weight decay', async () => {
  await use('tensorflow-or-wasm');
  const weights = variables();
  const optimizer = adamW({ weightDecay: 0.05 });
  optimizer.apply(updates(weights, 1, { weightDecay: 0.5 }));
  const kernel = weights.get('dense1/kernel')!.dataSync();
  expect(kernel[2]).toBeCloseTo(
    adamOracle(2, () => -1, 0.5, 1),
    5,
  );
});

test('the state of other weights or of another optimizer is refused', async () => {
  await use('tensorflow-or-wasm');
  const optimizer = adamW();
  const other = new Map([['dense1/kernel', tf.variable(tf.zeros<tf.Rank.R2>([3, 2]))]]);
  const foreign = adamW();
  foreign.apply([
    { ...updates(variables(), 1)[0]!, value: other.get('dense1/kernel')!, gradient: tf.ones([3, 2]) },
  ]);
  optimizer.importState(await foreign.exportState());
  expect(() => optimizer.apply(updates(variables(), 1))).toThrow(
    'adamW: the state of "dense1/kernel" must be of shape [2, 2], got a tensor of shape [3, 2].',
  );
  const state = await foreign.exportState();
  expect(() => sgd().importState(state)).toThrow(
    'sgd.importState: state "accumulator/dense1/kernel" must be there, got undefined.',
  );
});

test('a momentum out of range is refused', () => {
  expect(() => sgd({ momentum: 1 })).toThrow('sgd: momentum must be a number in [0, 1), got 1.');
});
