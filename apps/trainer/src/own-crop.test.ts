import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newRunConfig } from './config.ts';
import { ownCrop } from './own-crop.ts';

let run: string;
beforeEach(async () => (run = await mkdtemp(join(tmpdir(), 'ft-crop-'))));
afterEach(() => rm(run, { recursive: true }));

test('the square that was cut out is saved with the weights', async () => {
  expect(await ownCrop('lfw', undefined)).toBe('lfw');
  expect(await ownCrop('centre', run)).toBe('centre');
  expect(await ownCrop(undefined, undefined)).toBe('centre');
  expect(await ownCrop('landmarks', undefined)).toBe('centre');
});

test.each([
  ['lfw:somewhere', 'lfw'],
  ['folder:somewhere', 'centre'],
])('of aligned faces of %s it is %s', async (data, crop) => {
  const config = newRunConfig({ data, align: true, people: 4, epochs: 1 }, 'wasm', {}, () => undefined);
  await writeFile(join(run, 'config.json'), JSON.stringify(config));
  expect(await ownCrop('landmarks', run)).toBe(crop);
});
