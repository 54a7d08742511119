import { defineLibrary } from '@ft/tsup';

// In chunks, so that a worker that waits for jobs has not loaded what it may never need.
export default defineLibrary({ entry: ['src/ft-bench.ts'], dts: false, splitting: true });
