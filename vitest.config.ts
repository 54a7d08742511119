import { defineConfig } from 'vitest/config';

/** The losses again, on the engine that needs nothing but npm packages. */
const lossesOnWasm = {
  extends: './packages/core-losses/vitest.config.ts',
  root: './packages/core-losses',
  test: { name: '@ft/core-losses on wasm', env: { FT_TEST_ENGINE: 'wasm' } },
};

export default defineConfig({
  test: { projects: ['packages/*', 'apps/*', lossesOnWasm] },
});
