import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { InvalidArgumentError } from '@ft/errors';
import { installedEngines } from './engine-cache.ts';
import { EngineUnavailableError } from './engine-errors.ts';
import { selectEngine } from './select-engine.ts';

const hasNative = (await installedEngines()).length > 0;

test(`the native engine is taken where it is installed (here: ${hasNative}), else refused with a remedy`, async () => {
  const engine = await selectEngine();
  expect(engine.name).toBe(hasNative ? 'tensorflow' : 'wasm');
  expect(engine.refused.map(({ name }) => name)).toEqual(
    hasNative ? ['tensorflow-gpu'] : ['tensorflow-gpu', 'tensorflow'],
  );
  expect(engine.refused.at(-1)!.reason).toMatch(/GPU|`ft engine install`/);
  expect(engine.tf.getBackend()).toBe(engine.name);
  expect(engine.version).toMatch(/^\d+\.\d+\.\d+/);
  expect(engine.device).toMatch(/threads$/);
});

test('engines can be changed within a process, and every one computes and takes gradients', async () => {
  for (const name of ['wasm', hasNative ? 'tensorflow' : 'wasm', 'wasm'] as const) {
    const { tf, capabilities } = await selectEngine({ require: name });
    expect(tf.getBackend()).toBe(name);
    expect(capabilities).toEqual({ trainsConvolutions: true, synchronousRead: true, deterministic: true });
    const before = tf.memory().numTensors;
    const gradient = tf.tidy(() => {
      const image = tf.ones<Rank.R4>([1, 3, 3, 1]);
      const sum = (filter: Tensor): Tensor => tf.sum(tf.conv2d(image, filter as Tensor4D, 1, 'valid'));
      return tf
        .grad(sum)(tf.ones([2, 2, 1, 1]))
        .dataSync();
    });
    expect([...gradient]).toEqual([4, 4, 4, 4]);
    expect(tf.memory().numTensors).toBe(before);
  }
});

test('the preferred engine comes first, the others after it', async () => {
  expect(await selectEngine({ prefer: 'wasm' })).toMatchObject({ name: 'wasm', refused: [] });
});

test('a required engine that cannot be had is an error with the reason', async () => {
  const failure = selectEngine({ require: 'tensorflow-gpu' });
  await expect(failure).rejects.toThrow(EngineUnavailableError);
  await expect(failure).rejects.toThrow(/tensorflow-gpu: .*(lists no GPU|is installed)/);
});

test('a name that is none is an invalid argument', async () => {
  await expect(selectEngine({ require: 'cuda' as 'wasm' })).rejects.toThrow(InvalidArgumentError);
  await expect(selectEngine({ prefer: 'cuda' as 'wasm' })).rejects.toThrow(
    /prefer must be one of tensorflow-gpu, webgpu, tensorflow, wasm/,
  );
});
