import { createRequire } from 'node:module';
import { dirname } from 'node:path';
export function loadNative(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  const require = createRequire(import.meta.url);
  const inner = createRequire(require.resolve('@tensorflow/tfjs-node/package.json'));
  const path = inner.resolve('@mapbox/node-pre-gyp');
  require.cache[path] = {
    id: path,
    filename: path,
    path: dirname(path),
    loaded: true,
    children: [],
    paths: [],
    exports: { find: () => '/tmp/kern/build/tfjs_binding.node' },
  } as never;
  require('@tensorflow/tfjs-node');
}
