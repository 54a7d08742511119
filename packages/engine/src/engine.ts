/** Every engine there is, the fastest first. */
export const engineNames = ['tensorflow-gpu', 'webgpu', 'tensorflow', 'wasm'] as const;

export type EngineName = (typeof engineNames)[number];

/** What an engine can do. */
export interface EngineCapabilities {
  /** Convolutional networks can be trained. */
  readonly trainsConvolutions: boolean;
  /** `tensor.dataSync()` works. */
  readonly synchronousRead: boolean;
  /** The same program on the same machine gives the same bits in every run. */
  readonly deterministic: boolean;
}

/** An engine that was tried and could not be used. */
export interface RefusedEngine {
  readonly name: EngineName;
  /** One sentence: why, and what would help. */
  readonly reason: string;
}

/** A TensorFlow.js backend that is loaded and current. */
export interface Engine {
  readonly name: EngineName;
  /** Version of what computes: TensorFlow's on the native engines, that of the TensorFlow.js backend on the others. */
  readonly version: string;
  /** What it computes on, e.g. `'Intel Xeon, 2 threads'`. */
  readonly device: string;
  /** The `@tensorflow/tfjs-core` namespace. */
  readonly tf: typeof import('@tensorflow/tfjs-core');
  readonly capabilities: EngineCapabilities;
  /** The engines that come before this one in order, and why each was not taken. */
  readonly refused: readonly RefusedEngine[];
}
