// Compiles the AssemblyScript kernels of this folder into a TypeScript module that holds the bytes.
// Run it after a change: node packages/engine/assembly/compile.mjs
import asc from 'assemblyscript/asc';
import { compileKernels } from '../../../tooling/assembly/compile-kernels.mjs';

await compileKernels(asc, {
  folder: new URL('.', import.meta.url),
  flags: '--importMemory --sharedMemory --maximumMemory 65536 --enable simd,threads',
  name: 'simdKernels',
  output: new URL('../src/wasm-kernels/simd-kernels-binary.ts', import.meta.url),
});
