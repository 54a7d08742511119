import { existsSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { stderrCaptureName } from './engine-cache.ts';

/** The part of tfjs-node's addon that this package asks. */
export interface NativeBinding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/**
 * Loads a tfjs-node package (or tfjs-node-gpu) and so registers its backend 'tensorflow'.
 *
 * @param packageDirectory The package's folder.
 * @param addon The addon to load in place of the package's own one.
 * @throws Whatever the loader throws: a library that is missing, a wrong format.
 */
export function loadTfjsNode(packageDirectory: string, addon?: string): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  restoreUtilFunctions();
  const require = createRequire(join(packageDirectory, 'package.json'));
  if (addon === undefined) {
    require(packageDirectory);
    return;
  }
  // tfjs-node asks node-pre-gyp where its addon is. For the time of the load, the answer is ours.
  const locator = require.resolve('@mapbox/node-pre-gyp');
  const original = require.cache[locator];
  const stub = new Module(locator);
  stub.filename = locator;
  stub.loaded = true;
  stub.exports = { find: () => addon };
  require.cache[locator] = stub;
  const capture = require(join(dirname(addon), stderrCaptureName)) as { begin(): void; end(): string };
  if (process.env['TF_CPP_MIN_LOG_LEVEL'] !== '0') capture.begin();
  try {
    require(packageDirectory);
  } finally {
    process.stderr.write(withoutNotices(capture.end()));
    if (original === undefined) delete require.cache[locator];
    else require.cache[locator] = original;
  }
}

/** The path of the addon that the package's own installation made, or undefined where there is none. */
export function ownAddon(packageDirectory: string): string | undefined {
  try {
    const manifest = join(packageDirectory, 'package.json');
    const { find } = createRequire(manifest)('@mapbox/node-pre-gyp') as { find(path: string): string };
    const addon = find(manifest);
    return existsSync(addon) ? addon : undefined;
  } catch {
    return undefined;
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
