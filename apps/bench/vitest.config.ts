import { defineTests } from '@ft/vitest';

export default defineTests({ testTimeout: 120_000 });
