import { defineLibrary } from '@ft/tsup';

export default defineLibrary({
  entry: ['src/index.ts', 'src/decode-worker.ts'],
  dts: { entry: 'src/index.ts' },
});
