import { expect, it } from 'vitest';
import { compile } from '../../assembly/compile.mjs';
import { readFile } from 'node:fs/promises';
import { splitEvenly } from './simd-kernels.ts';

it('holds the binary of the kernels as they are written', async () => {
  const generated = await readFile(new URL('simd-kernels-binary.ts', import.meta.url), 'utf8');
  expect(generated).toBe(await compile());
});

it('splits work evenly', () => {
  expect(splitEvenly(7, 3)).toEqual([
    [0, 2],
    [2, 2],
    [4, 3],
  ]);
  expect(splitEvenly(2, 8)).toEqual([
    [0, 1],
    [1, 1],
  ]);
  expect(splitEvenly(0, 2)).toEqual([[0, 0]]);
});
