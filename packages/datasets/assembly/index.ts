// SIMD kernels on bytes of images, in AssemblyScript. They keep no state: every address comes from the caller, who also
// leaves 16 bytes free behind every area. compile.mjs compiles them into src.

export { mixRows, narrowRows } from './resample';
export { shadeRows } from './shade-rows';
