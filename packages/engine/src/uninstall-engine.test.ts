import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { uninstallEngine } from './uninstall-engine.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'ft-uninstall-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

test('engines, remains and downloads go, everything else in the cache stays', async () => {
  for (const path of ['engine/tensorflow-1/lib', 'engine/.partial-x', 'downloads', 'lfw']) {
    mkdirSync(join(cache, path), { recursive: true });
    writeFileSync(join(cache, path, 'file'), '');
  }
  const removed = await uninstallEngine({ env: { FT_CACHE_DIR: cache } });
  expect(removed.sort()).toEqual([join(cache, 'engine/.partial-x'), join(cache, 'engine/tensorflow-1')]);
  expect(readdirSync(cache).sort()).toEqual(['engine', 'lfw']);
  expect(readdirSync(join(cache, 'engine'))).toEqual([]);
});

test('where nothing is installed nothing is made', async () => {
  expect(await uninstallEngine({ env: { FT_CACHE_DIR: join(cache, 'none') } })).toEqual([]);
  expect(existsSync(join(cache, 'none'))).toBe(false);
});
