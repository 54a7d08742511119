import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkAddon } from './check-addon.ts';
import { findCompiler, type Compiler } from './compile-addon.ts';
import { explainDiskFailure } from './disk-failure.ts';
import {
  addonName,
  cacheDirectory,
  engineFolder,
  engineRoot,
  installedEngines,
  loaderName,
  type EngineManifest,
  type InstalledEngine,
} from './engine-cache.ts';
import { fetchTensorFlow, namedSource, openNamedSource, type TensorFlowSource } from './find-tensorflow.ts';
import { withLock } from './install-lock.ts';
import type { OnProgress } from './install-progress.ts';
import { buildOperations } from './native-operations.ts';
import { officialDownload } from './official-download.ts';
import { officialRelease, officialTensorFlow } from './official-release.ts';
import { provideOfficial } from './provide-official.ts';
import { provideTensorFlow } from './provide-tensorflow.ts';
import { checkWheel, tensorFlowRelease } from './tensorflow-release.ts';
import { tfjsNodeVersion } from './tfjs-node-package.ts';
import { openWheel } from './wheel.ts';

/** Options of {@link installEngine}. */
export interface InstallOptions {
  /**
   * A wheel file, the folder of an installed or unpacked `tensorflow` package, or the folder of an unpacked
   * libtensorflow; `'wheel'` for the default wheel, whatever the environment says; `'official'` for the binary that
   * tfjs-node's own installation downloads, which is older and needs no compiler.
   */
  readonly from?: string;
  /**
   * Install TensorFlow for NVIDIA GPUs and the CUDA libraries that it names (several gigabytes; Linux x64;
   * needs pip). The NVIDIA driver must be there already. False by default.
   */
  readonly gpu?: boolean;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
  /** Environment variables; `process.env` by default. */
  readonly env?: NodeJS.ProcessEnv;
}

/** What {@link installEngine} returns. */
export interface Installation extends InstalledEngine {
  /** False where the engine was there already. */
  readonly isNew: boolean;
  /** An engine with a newer TensorFlow, which is the one that is loaded. */
  readonly newer?: InstalledEngine;
}

/**
 * Installs the native TensorFlow engine into the cache folder, or finds that it is there already.
 *
 * TensorFlow comes from `from`, else from the environment variables FT_TF_WHEEL (a wheel) or FT_TF_DIR (a
 * folder), else the default wheel is fetched through pip or from PyPI. The addon of tfjs-node is compiled
 * against it; that of the official binary is downloaded too. Nothing outside the cache folder (FT_CACHE_DIR) is
 * written, and an engine appears there complete or not at all. The engine's own operations are built beside it where
 * that is possible. A second installation at the same time waits for the first one.
 *
 * @returns The engine and whether it is new.
 * @throws UnsupportedPlatformError, NoCompilerError, CompileError, DiskSpaceError, CacheNotWritableError,
 *   ChecksumError, BadWheelError, UnsuitableWheelError, NoWheelError, BrokenEngineError, InvalidArgumentError;
 *   DownloadError and BadArchiveError for the official binary
 */
export async function installEngine(options: InstallOptions = {}): Promise<Installation> {
  const { onProgress, signal, env = process.env } = options;
  const cache = cacheDirectory(env);
  const root = engineRoot(cache);
  const named = namedSource(options.from, env);
  const isOfficial = named === 'official';
  const variant = options.gpu === true ? 'gpu' : 'cpu';
  const findPresent = async (): Promise<Installation | undefined> => {
    if (named !== undefined && !isOfficial) return undefined;
    const engine = (await installedEngines(cache)).find(({ manifest }) =>
      isOfficial
        ? manifest.tensorflow === officialTensorFlow && manifest.variant === variant
        : (variant === 'cpu' || manifest.variant === 'gpu') &&
          (options.from !== 'wheel' || manifest.addon === undefined),
    );
    return engine === undefined ? undefined : { ...engine, isNew: false };
  };
  const present = await findPresent();
  if (present !== undefined) {
    // An earlier version of this package may have installed it without.
    await buildOperations({ directory: present.directory, env, signal });
    return await withNewer(present, cache);
  }

  if (isOfficial) officialRelease(variant);
  else tensorFlowRelease(variant);
  const compiler = isOfficial ? undefined : await findCompiler(env);
  const install = async (): Promise<Installation> => {
    const meanwhile = await findPresent();
    if (meanwhile !== undefined) return meanwhile;
    await removeRemains(root);
    const downloads = join(cache, 'downloads');
    const source = isOfficial
      ? await officialDownload(downloads, { variant, env, onProgress, signal })
      : named === undefined
        ? await fetchTensorFlow(downloads, { ...options, variant, env })
        : await openNamedSource(named);
    const same = await findSame(source, cache);
    if (same !== undefined) return { ...same, isNew: false };
    return await build(source, { root, compiler, env, onProgress, signal });
  };
  try {
    const installed = await withLock(join(root, 'install.lock'), install, {
      signal,
      onWait: (holder) =>
        onProgress?.({ step: 'wait', text: `Waiting for another installation (${holder}) to finish` }),
    });
    return await withNewer(installed, cache);
  } catch (error) {
    throw await explainDiskFailure(error, cache);
  }
}

async function build(
  source: TensorFlowSource,
  context: {
    root: string;
    /** None for the official binary. */
    compiler: Compiler | undefined;
    env: NodeJS.ProcessEnv;
    onProgress: OnProgress | undefined;
    signal: AbortSignal | undefined;
  },
): Promise<Installation> {
  const { root, compiler, onProgress } = context;
  const partial = await mkdtemp(join(root, '.partial-'));
  try {
    await chmod(partial, 0o755);
    await mkdir(join(partial, 'scratch'));
    await mkdir(join(partial, 'lib'));
    const { variant, files } =
      source.kind === 'official'
        ? await provideOfficial(source, { ...context, directory: partial })
        : await provideTensorFlow(source, { ...context, compiler: compiler!, directory: partial });
    await rm(join(partial, 'scratch'), { recursive: true });

    onProgress?.({ step: 'check', text: 'Loading the engine once' });
    const tensorflow = await checkAddon(join(partial, addonName));
    await buildOperations({ directory: partial, env: context.env, signal: context.signal });
    const addons = await Promise.all(
      [addonName, loaderName]
        .filter((name) => existsSync(join(partial, name)))
        .map(async (name) => [name, { bytes: (await stat(join(partial, name))).size }]),
    );
    const manifest: EngineManifest = {
      tensorflow,
      variant,
      platform: process.platform,
      arch: process.arch,
      tfjs: tfjsNodeVersion(),
      source: describeSource(source),
      ...(source.kind === 'official'
        ? { addon: { name: source.addon.url, sha256: source.addon.sha256 } }
        : {}),
      compiler: compiler?.version ?? 'none: the official addon',
      createdAt: new Date().toISOString(),
      files: {
        ...Object.fromEntries(addons),
        ...Object.fromEntries(files.map(({ path, bytes, sha256 }) => [path, { bytes, sha256 }])),
      },
    };
    await writeFile(join(partial, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
    const directory = join(root, engineFolder(tensorflow, variant));
    await rm(directory, { recursive: true, force: true });
    await rename(partial, directory);
    await Promise.all(downloadsOf(source).map((path) => rm(path, { force: true })));
    return { directory, addon: join(directory, addonName), manifest, isNew: true };
  } finally {
    await rm(partial, { recursive: true, force: true, maxRetries: 5 });
  }
}

function describeSource(source: TensorFlowSource): EngineManifest['source'] {
  switch (source.kind) {
    case 'wheel':
      return { name: source.path, sha256: source.sha256, verifiedBy: source.verifiedBy };
    case 'directory':
      return { name: source.path, verifiedBy: 'nothing: a folder that the user named' };
    case 'official':
      return {
        name: source.library.url,
        sha256: source.library.sha256,
        verifiedBy: 'no digest, since none is published: its length and the checksum in the gzip format',
      };
  }
}

/** The files of a source that lie in ft's own cache, of no use once the engine is there. */
function downloadsOf(source: TensorFlowSource): string[] {
  if (source.kind === 'official') return [source.library.path, source.addon.path];
  return source.kind === 'wheel' && source.isOurs ? [source.path] : [];
}

/** Names the engine that is loaded in place of this one, where there is one. */
async function withNewer(installation: Installation, cache: string): Promise<Installation> {
  const first = (await installedEngines(cache)).find(
    ({ manifest }) => manifest.variant === installation.manifest.variant,
  );
  if (first === undefined || first.directory === installation.directory) return installation;
  return { ...installation, newer: first };
}

/** The engine that was already made from a wheel of the same version. */
async function findSame(source: TensorFlowSource, cache: string): Promise<InstalledEngine | undefined> {
  if (source.kind !== 'wheel') return undefined;
  const wheel = await openWheel(source.path);
  wheel.close();
  const variant = checkWheel(wheel);
  return (await installedEngines(cache)).find(
    ({ manifest }) => manifest.tensorflow === wheel.version && manifest.variant === variant,
  );
}

/** Removes what killed installations left; only the holder of the lock may call it. */
async function removeRemains(root: string): Promise<void> {
  const names = (await readdir(root)).filter((name) => name.startsWith('.partial-'));
  // The compiler of a killed installation may write on for a moment.
  await Promise.all(
    names.map((name) => rm(join(root, name), { recursive: true, force: true, maxRetries: 5 })),
  );
}
