import type { EngineName } from '@ft/engine';

/** Does this engine compute on a GPU? */
export const isGpu = (engine: EngineName | undefined): boolean =>
  engine === 'tensorflow-gpu' || engine === 'webgpu';
