import {
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { checkAddon } from './check-addon.ts';
import { compileAddon, findCompiler, type Compiler } from './compile-addon.ts';
import {
  addonName,
  cacheDirectory,
  engineFolder,
  engineRoot,
  installedEngines,
  type EngineManifest,
  type InstalledEngine,
} from './engine-cache.ts';
import { BadWheelError, DiskSpaceError } from './engine-errors.ts';
import { fetchTensorFlow, namedSource, openNamedSource, type TensorFlowSource } from './find-tensorflow.ts';
import { withLock } from './install-lock.ts';
import type { OnProgress } from './install-progress.ts';
import { sha256File } from './sha256-file.ts';
import { checkWheel, tensorFlowRelease } from './tensorflow-release.ts';
import { tfjsNodeVersion } from './tfjs-node-package.ts';
import { openWheel, type Extracted } from './wheel.ts';

/** Options of {@link installEngine}. */
export interface InstallOptions {
  /** A wheel file or the folder of an unpacked `tensorflow` package; `'wheel'` for the default wheel. */
  readonly from?: string;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
  /** Environment variables; `process.env` by default. */
  readonly env?: NodeJS.ProcessEnv;
}

/** What {@link installEngine} returns. */
export interface Installation extends InstalledEngine {
  /** False where the engine was there already. */
  readonly isNew: boolean;
}

const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;
const isLibrary = (path: string): boolean => libraries.some((name) => path === `tensorflow/${name}`);
const isHeader = (path: string): boolean =>
  /^tensorflow\/include\/(tensorflow\/(c|core\/platform|tsl)|tsl|xla\/tsl)\/.*\.h$/.test(path) ||
  path === 'tensorflow/include/absl/base/options.h';

/**
 * Installs the native TensorFlow engine into the cache folder, or finds that it is there already.
 *
 * TensorFlow comes from `from`, else from the environment variables FT_TF_WHEEL (a wheel) or FT_TF_DIR (an
 * unpacked package), else the default wheel is fetched through pip or from PyPI. The addon of tfjs-node is
 * compiled against it. Nothing outside the cache folder (FT_CACHE_DIR) is written, and an engine appears
 * there complete or not at all. A second installation at the same time waits for the first one.
 *
 * @returns The engine and whether it is new.
 * @throws UnsupportedPlatformError, NoCompilerError, CompileError, DiskSpaceError, ChecksumError,
 *   BadWheelError, UnsuitableWheelError, NoWheelError, BrokenEngineError, InvalidArgumentError
 */
export async function installEngine(options: InstallOptions = {}): Promise<Installation> {
  const { onProgress, signal, env = process.env } = options;
  const cache = cacheDirectory(env);
  const named = namedSource(options.from, env);
  const present = async (): Promise<Installation | undefined> => {
    if (named !== undefined) return undefined;
    const [engine] = await installedEngines(cache);
    return engine === undefined ? undefined : { ...engine, isNew: false };
  };
  const before = await present();
  if (before !== undefined) return before;

  tensorFlowRelease();
  const compiler = await findCompiler(env);
  const root = engineRoot(cache);
  return await withLock(
    join(root, 'install.lock'),
    async () => {
      const meanwhile = await present();
      if (meanwhile !== undefined) return meanwhile;
      await removeRemains(root);
      try {
        const source =
          named === undefined
            ? await fetchTensorFlow(join(cache, 'downloads'), { ...options, signal, env })
            : await openNamedSource(named);
        return await build(source, { cache, compiler, onProgress, signal });
      } catch (error) {
        throw (error as NodeJS.ErrnoException).code === 'ENOSPC'
          ? await diskFull(cache, undefined, error)
          : error;
      }
    },
    {
      signal,
      onWait: (holder) =>
        onProgress?.({ step: 'wait', text: `Waiting for another installation (${holder}) to finish` }),
    },
  );
}

interface BuildContext {
  readonly cache: string;
  readonly compiler: Compiler;
  readonly onProgress: OnProgress | undefined;
  readonly signal: AbortSignal | undefined;
}

interface Libraries {
  readonly variant: 'cpu' | 'gpu';
  readonly files: readonly Extracted[];
}

async function build(source: TensorFlowSource, context: BuildContext): Promise<Installation> {
  const { cache, compiler, onProgress } = context;
  const partial = await mkdtemp(join(engineRoot(cache), '.partial-'));
  try {
    const scratch = join(partial, 'scratch');
    await mkdir(scratch);
    await mkdir(join(partial, 'lib'));
    const found =
      source.kind === 'wheel'
        ? await fromWheel(source.path, partial, scratch, context)
        : await fromDirectory(source.path, partial, scratch, context);
    if ('directory' in found) return { ...found, isNew: false };
    await rm(scratch, { recursive: true });

    onProgress?.({ step: 'check', text: 'Loading the engine once' });
    const addon = join(partial, addonName);
    const tensorflow = await checkAddon(addon);
    const { size } = await stat(addon);
    const manifest: EngineManifest = {
      tensorflow,
      variant: found.variant,
      platform: process.platform,
      arch: process.arch,
      tfjs: tfjsNodeVersion(),
      source:
        source.kind === 'wheel'
          ? { name: source.path, sha256: source.sha256, verifiedBy: source.verifiedBy }
          : { name: source.path, verifiedBy: 'nothing: a folder that the user named' },
      compiler: compiler.version,
      createdAt: new Date().toISOString(),
      files: {
        [addonName]: { bytes: size },
        ...Object.fromEntries(found.files.map(({ path, bytes, sha256 }) => [path, { bytes, sha256 }])),
      },
    };
    await writeFile(join(partial, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
    const directory = join(engineRoot(cache), engineFolder(tensorflow, found.variant));
    await rm(directory, { recursive: true, force: true });
    await rename(partial, directory);
    if (source.kind === 'wheel' && source.isOurs) await rm(source.path, { force: true });
    return { directory, addon: join(directory, addonName), manifest, isNew: true };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function fromWheel(
  path: string,
  partial: string,
  scratch: string,
  { cache, compiler, onProgress, signal }: BuildContext,
): Promise<Libraries | InstalledEngine> {
  const wheel = await openWheel(path);
  try {
    const variant = checkWheel(wheel);
    const engines = await installedEngines(cache);
    const same = engines.find(
      ({ manifest }) => manifest.tensorflow === wheel.version && manifest.variant === variant,
    );
    if (same !== undefined) return same;
    const total = wheel.size((member) => isLibrary(member) || isHeader(member));
    const space = await statfs(partial);
    if (space.bavail * space.bsize < total) throw await diskFull(cache, total);

    let done = 0;
    const text = `Unpacking TensorFlow ${wheel.version}`;
    const onBytes = (bytes: number): void =>
      onProgress?.({ step: 'unpack', text, done: (done += bytes), total });
    const abort = new AbortController();
    const stop = signal === undefined ? abort.signal : AbortSignal.any([signal, abort.signal]);
    await wheel.extract(isHeader, scratch, { onBytes, signal: stop });
    const include = join(scratch, 'tensorflow', 'include');
    const [files] = await Promise.all([
      wheel.extract(isLibrary, scratch, { onBytes, signal: stop }),
      compileAddon({ compiler, include, directory: partial, scratch, signal: stop }),
    ]).catch((error: unknown) => {
      abort.abort(error);
      throw error;
    });
    if (files.length !== libraries.length) {
      throw new BadWheelError(
        `${path} lacks ${libraries.filter((name) => !files.some((file) => file.path.endsWith(name))).join(' and ')}. Use a wheel of TensorFlow 2.12 or newer for Linux.`,
      );
    }
    const moved = await Promise.all(
      files.map(async (file) => {
        const target = `lib/${file.path.slice('tensorflow/'.length)}`;
        await rename(join(scratch, file.path), join(partial, target));
        return { ...file, path: target };
      }),
    );
    return { variant, files: moved };
  } finally {
    wheel.close();
  }
}

async function fromDirectory(
  path: string,
  partial: string,
  scratch: string,
  { compiler, onProgress, signal }: BuildContext,
): Promise<Libraries> {
  onProgress?.({ step: 'compile', text: 'Building the TensorFlow.js addon' });
  const files = await Promise.all(
    libraries.map(async (name) => {
      const source = join(path, name);
      const target = join(partial, 'lib', name);
      const entry = await stat(source).catch(() => undefined);
      if (entry === undefined) {
        throw new BadWheelError(
          `${path} has no ${name}. It must be the folder of an installed or unpacked tensorflow package, 2.12 or newer.`,
        );
      }
      // A hard link costs no space and outlives an upgrade of the Python package.
      await link(source, target).catch(() => copyFile(source, target));
      return { path: `lib/${name}`, bytes: entry.size, sha256: await sha256File(target) };
    }),
  );
  await compileAddon({ compiler, include: join(path, 'include'), directory: partial, scratch, signal });
  const isGpu = process.arch === 'x64' && (await isCudaBuild(path));
  return { variant: isGpu ? 'gpu' : 'cpu', files };
}

/** TensorFlow's CUDA builds say so in the header of their build information. */
async function isCudaBuild(path: string): Promise<boolean> {
  const info = await readFile(join(path, 'python', 'platform', 'build_info.py'), 'utf8').catch(() => '');
  return /['"]is_cuda_build['"][,:] *True/.test(info);
}

/** Removes what killed installations left; only the holder of the lock may call it. */
async function removeRemains(root: string): Promise<void> {
  const names = (await readdir(root)).filter((name) => name.startsWith('.partial-'));
  await Promise.all(names.map((name) => rm(join(root, name), { recursive: true, force: true })));
}

async function diskFull(cache: string, needed: number | undefined, cause?: unknown): Promise<DiskSpaceError> {
  const space = await statfs(cache);
  const free = Math.round((space.bavail * space.bsize) / 1e6);
  const need = needed === undefined ? 'about 1,150 MB with the download' : `${Math.ceil(needed / 1e6)} MB`;
  return new DiskSpaceError(
    `The native engine needs ${need}, and the disk of ${cache} has ${free} MB free. Free some space or name a folder on another disk in FT_CACHE_DIR.`,
    cause === undefined ? undefined : { cause },
  );
}
