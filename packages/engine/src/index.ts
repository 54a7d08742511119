export { BATCH_NORM_TRAINING, BATCH_NORM_TRAINING_GRAD } from './batch-norm/batch-norm-kernel-names.ts';
export { registerBatchNorm } from './batch-norm/register-batch-norm.ts';
export { accelerate } from './native-kernels/accelerate.ts';
export {
  BATCH_NORM_ACTIVATION,
  FUSED_CONVOLUTION,
  NORM_FACTORS,
} from './native-kernels/fused-kernel-names.ts';
export { enableWasmTraining } from './wasm-kernels/enable-wasm-training.ts';
export { startWasm } from './wasm-kernels/start-wasm.ts';
export {
  APPLY_ADAM,
  APPLY_MOMENTUM,
  type AdamAttrs,
  type MomentumAttrs,
} from './optimizers/optimizer-kernel-names.ts';
export { cacheDirectory, type EngineManifest, type InstalledEngine } from './engine-cache.ts';
export type { Engine, EngineCapabilities, EngineName, RefusedEngine } from './engine.ts';
export {
  BadArchiveError,
  BadWheelError,
  BrokenEngineError,
  CacheNotWritableError,
  ChecksumError,
  CompileError,
  DiskSpaceError,
  DownloadError,
  EngineFailedError,
  EngineUnavailableError,
  NoCompilerError,
  NoWheelError,
  UnsuitableWheelError,
  UnsupportedPlatformError,
} from './engine-errors.ts';
export { describeEngines, type EngineReport } from './describe-engines.ts';
export { installEngine, type Installation, type InstallOptions } from './install-engine.ts';
export type { InstallProgress, OnProgress } from './install-progress.ts';
export { selectEngine, type SelectOptions } from './select-engine.ts';
export type { SelfTest } from './self-test.ts';
export { uninstallEngine } from './uninstall-engine.ts';
export { checkNumerics } from './numerics/check-numerics.ts';
export { NonFiniteError, type NonFinite } from './numerics/non-finite-error.ts';
export { seedRandom } from './numerics/seed-random.ts';
