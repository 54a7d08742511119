import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { installedEngines } from '../engine-cache.ts';
import { selectEngine } from '../select-engine.ts';
import { accelerate } from './accelerate.ts';
import { BATCH_NORM_ACTIVATION } from './fused-kernel-names.ts';
import { loadedNativeBackend } from './native-backend.ts';
import { hasOwnOperations } from './own-operations.ts';

const epsilon = 1e-2;
const random = (shape: number[], seed: number, mean = 0) => tf.randomNormal(shape, mean, 1, 'float32', seed);
const shapes = [
  [3, 5, 4, 16],
  [2, 3, 3, 19],
  [7, 5],
  [1, 4, 4, 33],
];
const all = shapes.flatMap((shape) => ['relu', 'prelu'].map((activation) => ({ shape, activation })));
type Compute = (...inputs: tf.Tensor[]) => tf.Tensor[];

/** x normalised, its mean and variance, by nested loops over rows and channels; then the activation. */
function loops([x, scale, offset, slopes]: tf.Tensor[]): number[][] {
  const channels = x!.shape.at(-1)!;
  const [xs, gains, shifts, a] = [x!, scale!, offset!, slopes!].map((tensor) => tensor.dataSync());
  const rows = xs!.length / channels;
  const y = Array.from<number>({ length: xs!.length });
  const [means, variances]: [number[], number[]] = [[], []];
  for (let c = 0; c < channels; c++) {
    let [mean, variance] = [0, 0];
    for (let r = 0; r < rows; r++) mean += xs![r * channels + c]! / rows;
    for (let r = 0; r < rows; r++) variance += (xs![r * channels + c]! - mean) ** 2 / rows;
    for (let r = 0; r < rows; r++) {
      const unit = (xs![r * channels + c]! - mean) / Math.sqrt(variance + epsilon);
      const z = unit * gains![c]! + shifts![c]!;
      y[r * channels + c] = z > 0 ? z : z * (a![c] ?? 0);
    }
    means.push(mean);
    variances.push(variance);
  }
  return [y, means, variances];
}

const fused: Compute = (x, scale, offset, slopes) =>
  tf
    .engine()
    .runKernel(
      BATCH_NORM_ACTIVATION,
      { x: x!, scale: scale!, offset: offset!, slopes: slopes ?? tf.tensor1d([]) },
      { epsilon },
    ) as unknown as tf.Tensor[];

/** By public operations whose gradients tfjs composes. */
const separate: Compute = (x, scale, offset, slopes) => {
  const { mean, variance } = tf.moments(
    x!,
    x!.shape.slice(1).map((_, i) => i),
  );
  const unit = tf.div(tf.sub(x!, mean), tf.sqrt(tf.add(variance, epsilon)));
  const z = tf.add(tf.mul(unit, scale!), offset!);
  return [slopes ? tf.add(tf.relu(z), tf.mul(slopes, tf.minimum(z, 0))) : tf.relu(z)];
};

function inputsOf({ shape, activation }: (typeof all)[number]): tf.Tensor[] {
  const channels = shape.at(-1)!;
  const inputs = [random(shape, 1, 3), random([channels], 2), random([channels], 3)];
  return activation === 'prelu' ? [...inputs, random([channels], 4)] : inputs;
}

function gradients(compute: Compute, inputs: tf.Tensor[]): number[][] {
  const weigh = (...xs: tf.Tensor[]) => {
    const [y] = compute(...xs);
    return tf.sum(tf.mul(y!, random(y!.shape, 5)));
  };
  return tf
    .grads(weigh)(inputs)
    .map((gradient) => Array.from(gradient.dataSync()));
}

function expectClose(found: number[][], wanted: number[][], tolerance: number): void {
  expect(found.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length));
  found.forEach((values, k) => {
    const largest = Math.max(...wanted[k]!.map(Math.abs));
    const worst = Math.max(...values.map((value, i) => Math.abs(value - wanted[k]![i]!)));
    expect(worst / largest).toBeLessThan(tolerance);
  });
}

const isInstalled = (await installedEngines()).length > 0;
if (isInstalled) await selectEngine({ require: 'tensorflow' });

describe.runIf(isInstalled && hasOwnOperations(loadedNativeBackend()!))(
  'batch norm with its activation',
  () => {
    beforeAll(() => void accelerate());

    test.each(all)('$activation on $shape', (of) => {
      const before = tf.memory().numTensors;
      const compute = () =>
        tf.tidy(() => {
          const inputs = inputsOf(of);
          const outputs = fused(...inputs).map((output) => Array.from(output.dataSync()));
          expectClose(outputs, loops([...inputs, ...(inputs[3] ? [] : [tf.tensor1d([])])]), 1e-5);
          const found = gradients(fused, inputs);
          expectClose(found, gradients(separate, inputs), 2e-5);
          return [outputs, found] as unknown as tf.TensorContainer;
        });
      const found = compute();
      expect(tf.memory().numTensors).toBe(before);
      expect(compute()).toEqual(found);
    });
  },
);
