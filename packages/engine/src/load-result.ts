import type { EngineCapabilities } from './engine.ts';

/** A backend that is registered and ready to become the current one, or why there is none. */
export type LoadResult =
  | {
      readonly backend: 'tensorflow' | 'webgpu' | 'wasm';
      readonly version: string;
      readonly device?: string;
      readonly capabilities: EngineCapabilities;
    }
  | { readonly refusal: string };
