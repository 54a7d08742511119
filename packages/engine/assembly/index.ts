// SIMD kernels for the wasm backend, in AssemblyScript. They work on the backend's own memory and keep no
// state: every address comes from the caller. compile.mjs compiles them into src/wasm-kernels.

export { sumRows, sumSquares, sumGradients, scaleShift, combineGradients } from './batch-norm';
export { depthwiseFilterGradient, depthwiseInputGradient } from './depthwise-gradients';
export { filterGradient } from './filter-gradient';
export { spreadPixels } from './spread-pixels';
