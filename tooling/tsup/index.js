import { defineConfig } from 'tsup';

/** The one way this repository builds a package: ESM, types, source maps, dependencies left outside. */
export const defineLibrary = (overrides = {}) =>
  defineConfig({
    entry: ['src/index.ts'],
    format: 'esm',
    target: 'node20.19',
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: false,
    ...overrides,
  });
