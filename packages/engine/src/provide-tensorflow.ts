import { copyFile, link, readFile, rename, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { compileAddon, type Compiler } from './compile-addon.ts';
import { linkCuda, provideCuda } from './cuda-libraries.ts';
import { diskFull } from './disk-failure.ts';
import { BadWheelError } from './engine-errors.ts';
import type { TensorFlowSource } from './find-tensorflow.ts';
import type { OnProgress } from './install-progress.ts';
import { sha256File } from './sha256-file.ts';
import { checkWheel } from './tensorflow-release.ts';
import { openWheel, type Extracted } from './wheel.ts';

/** What the building of an engine needs to know. */
export interface BuildContext {
  /** The folder that becomes the engine. It holds empty folders `lib` and `scratch`. */
  readonly directory: string;
  readonly compiler: Compiler;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: OnProgress | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The libraries that were put into `lib`. */
export interface Libraries {
  readonly variant: 'cpu' | 'gpu';
  readonly files: readonly Extracted[];
}

const framework = 'libtensorflow_framework.so.2';
const wheelLibraries = ['libtensorflow_cc.so.2', framework];
const isLibrary = (path: string): boolean => wheelLibraries.some((name) => path === `tensorflow/${name}`);
const isHeader = (path: string): boolean =>
  /^tensorflow\/include\/(tensorflow\/(c|core\/platform|tsl)|tsl|xla\/tsl)\/.*\.h$/.test(path);

/**
 * Puts TensorFlow's libraries into `directory/lib` and builds the addon beside them.
 *
 * @throws BadWheelError, UnsuitableWheelError, ChecksumError, CompileError, DiskSpaceError
 */
export function provideTensorFlow(
  source: Exclude<TensorFlowSource, { kind: 'official' }>,
  context: BuildContext,
): Promise<Libraries> {
  return source.kind === 'wheel' ? fromWheel(source.path, context) : fromDirectory(source.path, context);
}

async function fromWheel(path: string, context: BuildContext): Promise<Libraries> {
  const { directory, onProgress, signal } = context;
  const wheel = await openWheel(path);
  try {
    const variant = checkWheel(wheel);
    const total = wheel.size((member) => isLibrary(member) || isHeader(member));
    const space = await statfs(directory);
    if (space.bavail * space.bsize < total) throw await diskFull(directory, total);

    let done = 0;
    const text = `Unpacking TensorFlow ${wheel.version} and building its addon`;
    const onBytes = (bytes: number): void =>
      onProgress?.({ step: 'unpack', text, done: (done += bytes), total });
    const scratch = join(directory, 'scratch');
    await wheel.extract(isHeader, scratch, { onBytes, signal });

    // Inflating the libraries and compiling take about the same time: both at once, and both stop together.
    const failed = new AbortController();
    const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
    const orStop = (error: unknown): never => {
      failed.abort();
      throw error;
    };
    const include = join(scratch, 'tensorflow', 'include');
    const [unpacked, built] = await Promise.allSettled([
      wheel.extract(isLibrary, scratch, { onBytes, signal: stop }).catch(orStop),
      compileAddon({ ...context, include, libraries: wheelLibraries, signal: stop }).catch(orStop),
    ]);
    const reasons = [built, unpacked].flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    if (unpacked.status === 'rejected' || reasons.length > 0) {
      throw reasons.find((reason: Error) => reason.name !== 'AbortError') ?? reasons[0];
    }
    const missing = wheelLibraries.filter(
      (name) => !unpacked.value.some((file) => file.path === `tensorflow/${name}`),
    );
    if (missing.length > 0) {
      throw new BadWheelError(
        `${path} lacks ${missing.join(' and ')}. Use a wheel of TensorFlow 2.12 or newer for Linux.`,
      );
    }
    const files = unpacked.value.map((file) => ({ ...file, path: file.path.replace('tensorflow/', 'lib/') }));
    await Promise.all(
      wheelLibraries.map((name) => rename(join(scratch, 'tensorflow', name), join(directory, 'lib', name))),
    );
    if (variant === 'gpu') files.push(...(await provideCuda(wheel, context)));
    return { variant, files };
  } finally {
    wheel.close();
  }
}

/** From a Python package's folder, or from an unpacked C library with its folders `lib` and `include`. */
async function fromDirectory(path: string, context: BuildContext): Promise<Libraries> {
  const { directory, onProgress } = context;
  const isCLibrary = await stat(join(path, 'lib', framework)).then(
    () => true,
    () => false,
  );
  const libraries = isCLibrary ? ['libtensorflow.so.2', framework] : wheelLibraries;
  onProgress?.({ step: 'compile', text: 'Building the TensorFlow.js addon' });
  const files = await Promise.all(
    libraries.map(async (name) => {
      const source = join(path, isCLibrary ? 'lib' : '', name);
      const target = join(directory, 'lib', name);
      const entry = await stat(source).catch(() => undefined);
      if (entry === undefined) {
        throw new BadWheelError(
          `${path} has no ${name}. It must be the folder of an installed or unpacked tensorflow package, 2.12 or newer, or of an unpacked libtensorflow.`,
        );
      }
      // A hard link costs no space and outlives an upgrade of the Python package.
      await link(source, target).catch(() => copyFile(source, target));
      return { path: `lib/${name}`, bytes: entry.size, sha256: await sha256File(target) };
    }),
  );
  await compileAddon({ ...context, include: join(path, 'include'), libraries });
  if (!(await isCudaBuild(path))) return { variant: 'cpu', files };
  return { variant: 'gpu', files: [...files, ...(await linkCuda(join(path, '..', 'nvidia'), directory))] };
}

/** TensorFlow's Python package states how it was built. */
async function isCudaBuild(path: string): Promise<boolean> {
  const info = await readFile(join(path, 'python', 'platform', 'build_info.py'), 'utf8').catch(() => '');
  return /['"]is_cuda_build['"][,:] *True/.test(info);
}
