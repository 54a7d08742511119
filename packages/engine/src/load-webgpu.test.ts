import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildLoaderAddon } from '../test/build-loader-addon.ts';
import { EngineFailedError, EngineUnavailableError } from './engine-errors.ts';
import type { LoaderAddon } from './loader-addon.ts';
import { selectEngine } from './select-engine.ts';

// Debian's chromium carries a Vulkan driver that computes on the processor.
const chromium = '/usr/lib/chromium';
const driver = join(chromium, 'vk_swiftshader_icd.json');
const hasDriver = existsSync(driver) && existsSync(join(chromium, 'libvulkan.so.1'));

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ft-webgpu-'));
  process.env['VK_ICD_FILENAMES'] = driver;
  const loader = createRequire(import.meta.url)(buildLoaderAddon(directory)) as LoaderAddon;
  loader.preload(join(chromium, 'libvulkan.so.1'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('a software adapter is not taken unasked, and nothing but the refusal remains', async () => {
  const failure = selectEngine({ require: 'webgpu' });
  await expect(failure).rejects.toThrow(EngineUnavailableError);
  await expect(failure).rejects.toThrow(/finds no adapter|computes on the processor/);
  expect((globalThis as { navigator?: { gpu?: unknown } }).navigator?.gpu).toBeUndefined();
  expect((await selectEngine()).refused.map(({ name }) => name)).not.toContain('webgpu');
});

test.runIf(hasDriver)("webgpu runs on Debian chromium's SwiftShader when that is allowed", async () => {
  const engine = await selectEngine({ require: 'webgpu', allowSoftwareAdapter: true });
  expect(engine).toMatchObject({ name: 'webgpu', capabilities: { synchronousRead: false } });
  expect(engine.device).toMatch(/swiftshader/i);
  expect(tf.getBackend()).toBe('webgpu');
});

type Compute = () => tf.Tensor[];

/** Gradients of the sum of squares of `f` with respect to its inputs, and the value itself. */
function valueAndGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, ...shapes: number[][]): Compute {
  const loss = (...tensors: tf.Tensor[]): tf.Scalar => tf.sum(tf.square(f(...tensors)));
  return () => {
    const inputs = shapes.map((shape, i) => tf.randomNormal(shape, 0, 1, 'float32', i + 1));
    const { value, grads } = tf.valueAndGrads(loss)(inputs);
    return [value, ...grads];
  };
}

const four = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const operations: Record<string, Compute> = {
  'conv2d 3x3 stride 2, same': valueAndGradients(
    (x, f) => tf.conv2d(four(x), four(f), 2, 'same'),
    [2, 9, 9, 5],
    [3, 3, 5, 8],
  ),
  'conv2d 3x3 stride 1, valid': valueAndGradients(
    (x, f) => tf.conv2d(four(x), four(f), 1, 'valid'),
    [2, 8, 8, 4],
    [3, 3, 4, 4],
  ),
  'conv2d 1x1': valueAndGradients(
    (x, f) => tf.conv2d(four(x), four(f), 1, 'same'),
    [2, 5, 5, 16],
    [1, 1, 16, 8],
  ),
  'conv2d 7x7 stride 2, valid': valueAndGradients(
    (x, f) => tf.conv2d(four(x), four(f), 2, 'valid'),
    [1, 15, 15, 3],
    [7, 7, 3, 8],
  ),
  'depthwise 3x3 stride 1': valueAndGradients(
    (x, f) => tf.depthwiseConv2d(four(x), four(f), 1, 'same'),
    [2, 7, 7, 6],
    [3, 3, 6, 1],
  ),
  'depthwise 3x3 stride 2': valueAndGradients(
    (x, f) => tf.depthwiseConv2d(four(x), four(f), 2, 'same'),
    [2, 8, 8, 6],
    [3, 3, 6, 1],
  ),
  'max pool': valueAndGradients((x) => tf.maxPool(four(x), 3, 2, 'valid'), [2, 9, 9, 4]),
  'average pool': valueAndGradients((x) => tf.avgPool(four(x), 2, 2, 'valid'), [2, 8, 8, 4]),
  'batch norm in training': valueAndGradients(
    (x, scale, offset) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      // Not the normalised values alone: the gradient of their squares vanishes.
      const normalized = tf.batchNorm(
        x,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        1e-3,
      );
      return tf.exp(tf.mul(normalized, 0.5));
    },
    [4, 3, 3, 6],
    [6],
    [6],
  ),
  'relu, relu6, leaky relu, elu, prelu': valueAndGradients(
    (x, a) => tf.addN([tf.relu(x), tf.relu6(x), tf.leakyRelu(x, 0.1), tf.elu(x), tf.prelu(x, a)]),
    [6, 7],
    [7],
  ),
  'matrix product, both transposed': valueAndGradients((a, b) => tf.matMul(a, b, true, true), [5, 4], [6, 5]),
  'gather rows': valueAndGradients((x) => tf.gather(x, tf.tensor1d([3, 0, 3, 1], 'int32')), [5, 8]),
  'L2 normalisation and distances': valueAndGradients(
    (x) => {
      const unit = tf.div(x, tf.sqrt(tf.maximum(tf.sum(tf.square(x), 1, true), 1e-12)));
      return tf.relu(tf.sub(1.2, tf.matMul(unit, unit, false, true)));
    },
    [8, 16],
  ),
  'log-sum-exp, softmax, maximum': valueAndGradients(
    (x) => tf.add(tf.logSumExp(x, 1, true), tf.add(tf.softmax(x), tf.max(x, 1, true))),
    [6, 9],
  ),
  // Two lengths, as the stock kernels fail from the second one on.
  'cumulative sum in reverse': valueAndGradients(
    (x, y) => tf.concat([tf.cumsum(x, 1, true, true), tf.cumsum(y, 1, false, true), tf.cumsum(y, 1)], 1),
    [3, 3],
    [3, 9],
  ),
  // More than a shader may bind buffers.
  'sum of many tensors': valueAndGradients(
    (x) => tf.addN(Array.from({ length: 23 }, (_, i) => tf.mul(x, i - 4))),
    [3, 4],
  ),
  'cumulative product in reverse': () =>
    [3, 9].map((size) => tf.cumprod(tf.randomNormal([2, size], 0, 1, 'float32', 1), 1, true, true)),
  'mean, padding, slice, concatenation, transposition': valueAndGradients(
    (x, y) =>
      tf.transpose(
        tf.concat(
          [
            tf.pad(tf.mean(x, 1), [
              [0, 1],
              [1, 0],
            ]),
            tf.slice(y, [0, 1], [5, 5]),
          ],
          1,
        ),
      ),
    [4, 3, 4],
    [5, 6],
  ),
};

async function read(compute: Compute): Promise<Float32Array[]> {
  const before = tf.memory().numTensors;
  const results = tf.tidy(compute);
  const values = await Promise.all(results.map((result) => result.data() as Promise<Float32Array>));
  tf.dispose(results);
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

describe.runIf(hasDriver)(
  "webgpu on SwiftShader (where Debian's chromium is installed) agrees with wasm",
  () => {
    test.each(Object.entries(operations))('%s', async (_name, compute) => {
      await selectEngine({ require: 'wasm' });
      const expected = await read(compute);
      await selectEngine({ require: 'webgpu', allowSoftwareAdapter: true });
      const found = await read(compute);
      expect(found.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
      for (const [i, values] of found.entries()) {
        const scale = Math.max(...expected[i]!.map(Math.abs));
        const worst = Math.max(...values.map((value, j) => Math.abs(value - expected[i]![j]!)));
        expect(worst / scale).toBeLessThan(2e-5);
      }
    });
  },
);

// The last one: the device is of no use afterwards.
test.runIf(hasDriver)('what WebGPU could not compute is an error where it is read', async () => {
  await selectEngine({ require: 'webgpu', allowSoftwareAdapter: true });
  const { device } = tf.backend() as unknown as { device: { createBuffer(descriptor: object): void } };
  device.createBuffer({ size: 1e15, usage: 1 });
  const reading = tf.tidy(() => tf.square(tf.tensor1d([1, 2]))).data();
  await expect(reading).rejects.toThrow(EngineFailedError);
  await expect(reading).rejects.toThrow(/^WebGPU could not compute: Buffer size .* take smaller batches/);
});
