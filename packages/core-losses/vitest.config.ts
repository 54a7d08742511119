import { defineTests } from '@ft/vitest';

// One process for all files: loading the engine takes longer than most of them.
export default defineTests({ isolate: false });
