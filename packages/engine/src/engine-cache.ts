import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { tfjsNodeVersion } from './tfjs-node-package.ts';

/** tfjs-node's addon in an engine's folder. */
export const addonName = 'tfjs_binding.node';
/** The addon that prepares the process for the other one. */
export const loaderName = 'loader.node';
/** The addon that adds the engine's own operations to TensorFlow. The name holds the start of its sources' SHA-256. */
export const operationsName = 'operations-e1c544ede317.node';

/** What `manifest.json` of an installed engine says: what it is and how it was made. */
export interface EngineManifest {
  readonly tensorflow: string;
  readonly variant: 'cpu' | 'gpu';
  readonly platform: string;
  readonly arch: string;
  readonly tfjs: string;
  /** Where TensorFlow came from, and what its bytes were checked against. */
  readonly source: { readonly name: string; readonly sha256?: string; readonly verifiedBy: string };
  /** The official addon, where it was not compiled here. */
  readonly addon?: { readonly name: string; readonly sha256: string };
  readonly compiler: string;
  readonly createdAt: string;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256?: string }>>;
}

/** An engine in the cache. */
export interface InstalledEngine {
  readonly directory: string;
  readonly addon: string;
  readonly manifest: EngineManifest;
}

/** The folder of everything that ft keeps between runs: `FT_CACHE_DIR`, `XDG_CACHE_HOME/ft` or `~/.cache/ft`. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  if (env['FT_CACHE_DIR']) return resolve(env['FT_CACHE_DIR']);
  if (env['XDG_CACHE_HOME']) return resolve(env['XDG_CACHE_HOME'], 'ft');
  return join(homedir(), '.cache', 'ft');
}

/** The folder that holds one sub-folder for each installed engine. */
export function engineRoot(cache: string): string {
  return join(cache, 'engine');
}

/** The folder name of an engine, unique for what must match for it to load. */
export function engineFolder(tensorflow: string, variant: 'cpu' | 'gpu'): string {
  const name = variant === 'gpu' ? 'tensorflow-gpu' : 'tensorflow';
  return `${name}-${tensorflow}-${process.platform}-${process.arch}-tfjs-${tfjsNodeVersion()}`;
}

/**
 * The engines in the cache that are complete and fit this platform and this tfjs-node, newest TensorFlow first.
 *
 * @param cache The cache folder. A missing one holds no engines.
 */
export async function installedEngines(cache = cacheDirectory()): Promise<InstalledEngine[]> {
  const root = engineRoot(cache);
  const names = await readdir(root).catch(() => []);
  const engines: InstalledEngine[] = [];
  for (const name of names) {
    const directory = join(root, name);
    const manifest = await readManifest(directory);
    if (manifest === undefined || name !== engineFolder(manifest.tensorflow, manifest.variant)) continue;
    if (!(await isComplete(directory, manifest))) continue;
    engines.push({ directory, addon: join(directory, addonName), manifest });
  }
  return engines.sort((a, b) =>
    b.manifest.tensorflow.localeCompare(a.manifest.tensorflow, 'en', { numeric: true }),
  );
}

async function readManifest(directory: string): Promise<EngineManifest | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as EngineManifest;
  } catch {
    return undefined;
  }
}

/** An engine is published complete, but people and disk cleaners delete files. */
async function isComplete(directory: string, manifest: EngineManifest): Promise<boolean> {
  if (!(addonName in manifest.files)) return false;
  if (!(loaderName in manifest.files || manifest.addon !== undefined)) return false;
  const sizes = await Promise.all(
    Object.entries(manifest.files).map(async ([path, { bytes }]) => {
      const entry = await stat(join(directory, path)).catch(() => undefined);
      return entry?.size === bytes;
    }),
  );
  return sizes.every(Boolean);
}
