// Compiles the AssemblyScript kernels of this folder into a TypeScript module that holds the bytes.
// Run it after a change: node packages/datasets/assembly/compile.mjs
import asc from 'assemblyscript/asc';
import { compileKernels } from '../../../tooling/assembly/compile-kernels.mjs';

await compileKernels(asc, {
  folder: new URL('.', import.meta.url),
  flags: '--enable simd',
  name: 'pixelKernels',
  output: new URL('../src/pixel-kernels-binary.ts', import.meta.url),
});
