import { fileURLToPath } from 'node:url';
import { defineProject } from 'vitest/config';

// Vite adds `import` and `require` where each belongs; named here, `import` would reach the require() of dependencies.
const conditions = ['@ft/source', 'node', 'module', 'default'];

/** The one way this repository runs tests: on sources, in forked processes, failing on stray output. */
export const defineTests = (test = {}) =>
  defineProject({
    resolve: { conditions },
    ssr: { resolve: { conditions, externalConditions: conditions } },
    test: {
      environment: 'node',
      pool: 'forks',
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      setupFiles: [fileURLToPath(new URL('./fail-on-output.js', import.meta.url))],
      testTimeout: 30_000,
      ...test,
    },
  });
