import { defineLibrary } from '@ft/tsup';

export default defineLibrary({ entry: ['src/cli.ts'], dts: false });
