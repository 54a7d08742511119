import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { simdKernelsSource } from './simd-kernels-binary.ts';
import { shareOut } from './simd-kernels.ts';

it('holds the binary of the kernels as they are written (else run assembly/compile.mjs)', async () => {
  const source = await readFile(new URL('../../assembly/kernels.ts', import.meta.url));
  expect(simdKernelsSource).toBe(createHash('sha256').update(source).digest('hex'));
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
