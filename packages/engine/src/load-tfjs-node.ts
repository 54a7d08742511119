import { existsSync, readdirSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cudaFolders } from './cuda-folders.ts';
import { loaderName, operationsName } from './engine-cache.ts';
import type { LoaderAddon } from './loader-addon.ts';

/** The package that tfjs-node depends on to find its addon. */
const locatorName = '@mapbox/node-pre-gyp';

/**
 * Loads a tfjs-node package (or tfjs-node-gpu), and so registers its backend 'tensorflow'.
 *
 * @param packageDirectory The package's folder.
 * @param addon The addon of an installed engine, to load in place of the package's own one.
 * @throws Whatever the loader throws: a library that is missing, a wrong format.
 */
export function loadTfjsNode(packageDirectory: string, addon?: string): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  // Otherwise TensorFlow takes the whole memory of a GPU, which other processes may need.
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  restoreUtilFunctions();
  const require = createRequire(join(packageDirectory, 'package.json'));
  if (addon === undefined) {
    require(packageDirectory);
    return;
  }
  const loaderPath = join(dirname(addon), loaderName);
  // The official binary lacks it where there was no compiler.
  const loader = existsSync(loaderPath) ? (require(loaderPath) as LoaderAddon) : undefined;
  if (process.env['TF_CPP_MIN_LOG_LEVEL'] !== '0') loader?.captureStderr();
  // tfjs-node asks node-pre-gyp where its addon is. For the time of the load, the answer is ours.
  const locator = require.resolve(locatorName);
  const original = require.cache[locator];
  const stub = new Module(locator);
  stub.filename = locator;
  stub.loaded = true;
  stub.exports = { find: () => addon };
  require.cache[locator] = stub;
  try {
    if (loader !== undefined) preloadCuda(loader, addon);
    require(packageDirectory);
    const operations = join(dirname(addon), operationsName);
    // They register with TensorFlow, which must be there before.
    if (existsSync(operations)) require(operations);
  } finally {
    if (original === undefined) delete require.cache[locator];
    else require.cache[locator] = original;
    const errors = withoutNotices(loader?.releaseStderr() ?? '');
    if (errors !== '') process.stderr.write(errors);
  }
}

/** The path of the addon that the package's own installation made, or undefined where there is none. */
export function ownAddon(packageDirectory: string): string | undefined {
  try {
    const manifest = join(packageDirectory, 'package.json');
    const { find } = createRequire(manifest)(locatorName) as { find(path: string): string };
    const addon = find(manifest);
    return existsSync(addon) ? addon : undefined;
  } catch {
    return undefined;
  }
}

/** Loads an engine's CUDA libraries. They need one another, so until no more can be loaded. */
function preloadCuda(loader: LoaderAddon, addon: string): void {
  let rest = cudaFolders(addon)
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => /\.so(\.\d+)*$/.test(path));
  for (let before = -1; rest.length !== before && rest.length > 0;) {
    before = rest.length;
    rest = rest.filter((path) => !loader.preload(path));
  }
}

/** Drops Abseil's information lines; whatever else came is an error that people must see. */
function withoutNotices(text: string): string {
  return text.replace(/^(I\d{4} |WARNING: All log messages before absl).*\n?/gm, '');
}

/** tfjs-node calls two functions that Node 22 deprecated and Node 23 removed. */
function restoreUtilFunctions(): void {
  if (Number(process.versions.node.split('.')[0]) < 22) return;
  const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] = (value: unknown) => value === null || value === undefined;
  util['isArray'] = Array.isArray;
}
