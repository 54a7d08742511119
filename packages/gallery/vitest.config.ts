import { defineTests } from '@ft/vitest';

export default defineTests();
