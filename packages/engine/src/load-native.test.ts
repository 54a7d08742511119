import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { addonName, engineFolder, engineRoot, loaderName, type EngineManifest } from './engine-cache.ts';
import { loadNative } from './load-native.ts';

// A process loads the native backend once: this file is the one whose cache holds no working engine.
let cache: string;
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'ft-native-'));
  vi.stubEnv('FT_CACHE_DIR', cache);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

function putEngine(change: Partial<EngineManifest>): void {
  const tensorflow = change.tensorflow ?? '2.21.0';
  const folder = join(engineRoot(cache), engineFolder(tensorflow, 'cpu'));
  mkdirSync(folder, { recursive: true });
  for (const name of [addonName, loaderName]) writeFileSync(join(folder, name), 'junk');
  const files = { [addonName]: { bytes: 4 }, [loaderName]: { bytes: 4 } };
  writeFileSync(
    join(folder, 'manifest.json'),
    JSON.stringify({ tensorflow, variant: 'cpu', files, ...change }),
  );
}

test('without an engine both native engines are refused, with the command that helps', async () => {
  expect(await loadNative('tensorflow')).toEqual({ refusal: expect.stringContaining('ft engine install') });
  expect(await loadNative('tensorflow-gpu')).toEqual({
    refusal: expect.stringContaining('for GPUs is installed'),
  });
});

test('a folder whose manifest is of another version, lacks a file or is no JSON is no engine', async () => {
  putEngine({ variant: 'gpu' });
  expect(await loadNative('tensorflow')).toEqual({
    refusal: expect.stringContaining('no TensorFlow library'),
  });
  putEngine({ files: { [addonName]: { bytes: 4 } } });
  expect(await loadNative('tensorflow')).toEqual({
    refusal: expect.stringContaining('no TensorFlow library'),
  });
  putEngine({ files: { [addonName]: { bytes: 5 }, [loaderName]: { bytes: 4 } } });
  expect(await loadNative('tensorflow')).toEqual({
    refusal: expect.stringContaining('no TensorFlow library'),
  });
  writeFileSync(join(engineRoot(cache), engineFolder('2.21.0', 'cpu'), 'manifest.json'), '{');
  expect(await loadNative('tensorflow')).toEqual({
    refusal: expect.stringContaining('no TensorFlow library'),
  });
});

test('an engine that does not load is refused with what the loader said', async () => {
  putEngine({});
  expect(await loadNative('tensorflow')).toEqual({
    refusal: expect.stringMatching(
      /does not load: .*(file too short|invalid ELF header).*`ft engine uninstall`/,
    ),
  });
});
