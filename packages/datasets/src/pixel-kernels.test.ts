import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { pixelKernelsSource } from './pixel-kernels-binary.ts';
import { pixelKernels } from './pixel-kernels.ts';

test('the binary is that of the kernels as they are written (else run assembly/compile.mjs)', async () => {
  const folder = new URL('../assembly/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  const sources = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')));
  expect(pixelKernelsSource).toBe(createHash('sha256').update(sources.join('')).digest('hex'));
});

test('areas do not overlap, and the memory grows to hold them', () => {
  const kernels = pixelKernels();
  expect(kernels.place({ first: 1, second: 0, third: 33 }).at).toEqual({ first: 0, second: 32, third: 48 });
  const { memory, at } = kernels.place({ large: 1_000_000, last: 1 });
  expect(memory.byteLength).toBeGreaterThanOrEqual(at.last + 17);
});
