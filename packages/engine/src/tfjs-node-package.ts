import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);

/** The folder of the `@tensorflow/tfjs-node` that this package depends on. */
export function tfjsNodeDirectory(): string {
  return dirname(require.resolve('@tensorflow/tfjs-node/package.json'));
}

/** Its version, e.g. `'4.22.0'`. */
export function tfjsNodeVersion(): string {
  return (require('@tensorflow/tfjs-node/package.json') as { version: string }).version;
}

/** The folder of the Node-API headers. */
export function nodeApiHeaders(): string {
  return (require('node-api-headers') as { include_dir: string }).include_dir;
}
