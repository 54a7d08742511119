import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { simdKernelsSource } from './simd-kernels-binary.ts';
import { shareOut } from './simd-kernels.ts';

it('holds the binary of the kernels as they are written (else run assembly/compile.mjs)', async () => {
  const folder = new URL('../../assembly/', import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ts')).sort();
  const sources = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')));
  expect(simdKernelsSource).toBe(createHash('sha256').update(sources.join('')).digest('hex'));
});

it('shares work out evenly, and small work not at all', () => {
  const simd = { threads: 3, run: () => {} };
  expect(shareOut(simd, 7, 1e6)).toEqual([
    [0, 2],
    [2, 2],
    [4, 3],
  ]);
  expect(shareOut(simd, 2, 1e6)).toEqual([
    [0, 1],
    [1, 1],
  ]);
  expect(shareOut(simd, 7, 10)).toEqual([[0, 7]]);
  expect(shareOut(simd, 0, 1)).toEqual([[0, 0]]);
});
