import { defineLibrary } from '@ft/tsup';

export default defineLibrary({ entry: ['src/ft.ts'], dts: false });
