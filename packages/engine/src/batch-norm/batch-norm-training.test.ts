import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs'; // registers the gradients and the cpu backend
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { installedEngines } from '../engine-cache.ts';
import { selectEngine } from '../select-engine.ts';
import { startWasm } from '../wasm-kernels/start-wasm.ts';
import { BATCH_NORM_TRAINING } from './batch-norm-kernel-names.ts';
import { registerBatchNorm } from './register-batch-norm.ts';

const epsilon = 1e-2;

const hasNative = (await installedEngines()).length > 0;
const native = hasNative ? ['tensorflow'] : [];

beforeAll(async () => {
  tf.env().set('IS_TEST', true);
  if (hasNative) await selectEngine({ require: 'tensorflow' });
  await tf.setBackend('wasm');
  registerBatchNorm();
});

function batchNormTraining(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor): tf.Tensor[] {
  return tf.engine().runKernel(BATCH_NORM_TRAINING, { x, scale, offset }, { epsilon }) as tf.Tensor[];
}

/** The definition, row by row. */
function oracle(x: number[], channels: number, scale: number[], offset: number[]) {
  const rows = x.length / channels;
  const mean = scale.map((_, c) => x.filter((__, i) => i % channels === c).reduce((a, b) => a + b, 0) / rows);
  const variance = scale.map(
    (_, c) => x.filter((__, i) => i % channels === c).reduce((a, b) => a + (b - mean[c]!) ** 2, 0) / rows,
  );
  const y = x.map((v, i) => {
    const c = i % channels;
    return ((v - mean[c]!) / Math.sqrt(variance[c]! + epsilon)) * scale[c]! + offset[c]!;
  });
  return { y, mean, variance };
}

const values = (size: number, seed: number) =>
  Array.from(tf.tidy(() => tf.randomNormal([size], 0.5, 2, 'float32', seed).dataSync()));

function expectClose(got: ArrayLike<number>, expected: number[], tolerance: number): void {
  expect(got.length).toBe(expected.length);
  const scale = expected.reduce((max, v) => Math.max(max, Math.abs(v)), 1);
  const worst = expected.reduce((max, v, i) => Math.max(max, Math.abs(got[i]! - v)), 0);
  expect(worst / scale).toBeLessThan(tolerance);
}

/** Gradients of a batch that is worth several threads, from the first backend. */
let large: number[][] | undefined;

const sineSum = (...inputs: tf.Tensor[]) =>
  tf.sum(tf.sin(batchNormTraining(inputs[0]!, inputs[1]!, inputs[2]!)[0]!));

describe.each(['cpu', 'wasm', 'wasm with threads', ...native])('on %s', (backend) => {
  beforeAll(async () => {
    if (backend === 'wasm with threads') {
      const factory = tf.findBackendFactory('wasm');
      tf.removeBackend('wasm');
      tf.registerBackend('wasm', factory);
      await startWasm(2);
    } else await tf.setBackend(backend);
  });

  it.each([[[2, 3, 2, 3]], [[7, 5]], [[2, 4, 3]], [[4, 1]], [[300, 6]], [[22000, 6]]])(
    'normalises a batch of shape %j',
    (shape) => {
      const channels = shape.at(-1)!;
      const size = shape.reduce((a, b) => a * b, 1);
      const [x, scale, offset] = [values(size, 1), values(channels, 2), values(channels, 3)];
      const expected = oracle(x, channels, scale, offset);
      const before = tf.memory().numTensors;
      tf.tidy(() => {
        const [y, mean, variance] = batchNormTraining(
          tf.tensor(x, shape),
          tf.tensor1d(scale),
          tf.tensor1d(offset),
        ) as [tf.Tensor, tf.Tensor, tf.Tensor];
        expect(y.shape).toEqual(shape);
        expect(mean.shape).toEqual([channels]);
        expectClose(y.dataSync(), expected.y, 1e-5);
        expectClose(mean.dataSync(), expected.mean, 1e-5);
        expectClose(variance.dataSync(), expected.variance, 1e-5);
      });
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it.each([[[2, 3, 2, 3]], [[7, 5]]])('has the gradient that finite differences give for %j', (shape) => {
    const channels = shape.at(-1)!;
    const size = shape.reduce((a, b) => a * b, 1);
    const inputs: [number[], number[], number[]] = [
      values(size, 1),
      values(channels, 2),
      values(channels, 3),
    ];
    const weights = values(size, 4);
    const loss = ([x, scale, offset]: [number[], number[], number[]]) =>
      oracle(x, channels, scale, offset).y.reduce((sum, v, i) => sum + v * weights[i]!, 0);
    const before = tf.memory().numTensors;
    const got = tf.tidy(() =>
      tf
        .grads((x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) =>
          tf.sum(tf.mul(batchNormTraining(x, scale, offset)[0]!, tf.tensor(weights, shape))),
        )([tf.tensor(inputs[0], shape), tf.tensor1d(inputs[1]), tf.tensor1d(inputs[2])])
        .map((g) => Array.from(g.dataSync())),
    );
    expect(tf.memory().numTensors).toBe(before);
    const step = 1e-4;
    inputs.forEach((input, k) => {
      const expected = input.map((_, i) => {
        const at = (delta: number) =>
          loss(inputs.map((v, j) => (j === k ? v.with(i, v[i]! + delta) : v)) as typeof inputs);
        return (at(step) - at(-step)) / (2 * step);
      });
      expectClose(got[k]!, expected, 1e-4);
    });
  });

  it('has the same gradient for a large batch as the other backends', () => {
    const got = tf.tidy(() => {
      const [x, scale, offset] = [[22000, 6], [6], [6]].map((shape) =>
        tf.randomNormal(shape, 1, 2, 'float32', 5),
      );
      return tf
        .grads(sineSum)([x!, scale!, offset!])
        .map((g) => Array.from(g.dataSync()));
    });
    large ??= got;
    got.forEach((g, k) => expectClose(g, large![k]!, 1e-4));
  });

  it('keeps its inputs', () => {
    const [x, scale, offset] = [tf.ones([4, 2]), tf.ones([2]), tf.ones([2])] as const;
    tf.dispose(batchNormTraining(x, scale, offset));
    expect([...x.dataSync(), ...scale.dataSync(), ...offset.dataSync()]).toEqual(Array(12).fill(1));
    tf.dispose([x, scale, offset]);
  });
});
