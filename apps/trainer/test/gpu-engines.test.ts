import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticIdentities } from '@ft/datasets';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runFt } from './run-ft.ts';

// Debian's chromium carries a Vulkan driver that computes on the processor.
const chromium = '/usr/lib/chromium';
const driver = join(chromium, 'vk_swiftshader_icd.json');
const hasDriver = existsSync(driver) && existsSync(join(chromium, 'libvulkan.so.1'));
const vulkan = { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: chromium };

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-gpu-'));
  const side = 32;
  const faces = syntheticIdentities({ identities: 8, imagesPerIdentity: 4, size: side, seed: 5 });
  const bytes = side * side * 3;
  for (let i = 0; i < faces.count; i++) {
    const folder = join(home, 'photos', `p${faces.labels[i]}`);
    await mkdir(folder, { recursive: true });
    await sharp(faces.pixels.subarray(i * bytes, (i + 1) * bytes), {
      raw: { width: side, height: side, channels: 3 },
    })
      .png()
      .toFile(join(folder, `${i % 4}.png`));
  }
});
afterAll(() => rm(home, { recursive: true }));

async function lossesOn(engine: string, env: NodeJS.ProcessEnv): Promise<number[]> {
  const data = ['--data', 'folder:photos', '--holdout', '0.25', '--people', '4', '--images', '2'];
  const network = ['--size', '32', '--set', 'model.options={"width":0.25}'];
  // The scale of a network that has hardly moved, so that the losses of all steps can be compared.
  const few = ['--epochs', '2', '--learning-rate', '0.0001', '--engine', engine, '--out', engine];
  const { code, error } = await runFt(home, ['train', ...data, ...network, ...few], undefined, env);
  expect(code, error).toBe(0);
  const lines = (await readFile(join(home, engine, 'metrics.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { loss: number }).loss);
}

test.runIf(hasDriver)(
  "ft train on webgpu (SwiftShader, where Debian's chromium is installed) has the losses of wasm",
  async () => {
    const expected = await lossesOn('wasm', {});
    const losses = await lossesOn('webgpu', { ...vulkan, FT_ALLOW_SOFTWARE_ADAPTER: '1' });
    expect(losses.length).toBeGreaterThanOrEqual(2);
    expect(losses).toHaveLength(expected.length);
    losses.forEach((loss, step) => expect(loss).toBeCloseTo(expected[step]!, 3));
  },
  400_000,
);

test.each([
  ['tensorflow-gpu', /^ft: The engine cannot be had\. tensorflow-gpu: .*\.\n$/],
  // Without libvulkan.so.1 Dawn has written a warning of its own before.
  ['webgpu', /^(Warning: Couldn't load Vulkan: [^]*\n)?ft: The engine cannot be had\. webgpu: .*\.\n$/],
])('%s is refused in a sentence where there is no GPU', async (engine, sentence) => {
  const env = { ...vulkan, CUDA_VISIBLE_DEVICES: '-1', FT_ALLOW_SOFTWARE_ADAPTER: '' };
  const args = ['train', '--data', 'synthetic', '--engine', engine, '--out', 'none'];
  const { code, error } = await runFt(home, args, undefined, env);
  expect(error).toMatch(sentence);
  expect(code).toBe(2);
  expect(existsSync(join(home, 'none'))).toBe(false);
});
