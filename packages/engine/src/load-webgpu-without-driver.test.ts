import { expect, test } from 'vitest';
import { EngineUnavailableError } from './engine-errors.ts';
import { selectEngine } from './select-engine.ts';

test('without a Vulkan driver webgpu is refused with what it needs, and the other engines work', async () => {
  // Dawn asks once in a process, so this test has a file of its own.
  process.env['VK_ICD_FILENAMES'] = '/nowhere/driver.json';
  process.env['VK_DRIVER_FILES'] = '/nowhere/driver.json';
  const failure = selectEngine({ require: 'webgpu', allowSoftwareAdapter: true });
  await expect(failure).rejects.toThrow(EngineUnavailableError);
  await expect(failure).rejects.toThrow(/finds no adapter. It needs a driver for Vulkan.*libvulkan\.so\.1/);
  const engine = await selectEngine({ prefer: 'webgpu' });
  expect(engine.refused[0]).toMatchObject({
    name: 'webgpu',
    reason: expect.stringMatching(/finds no adapter/),
  });
  expect(engine.tf.tensor1d([1, 2]).square().dataSync()).toEqual(Float32Array.of(1, 4));
});
