import { copyFile, link, mkdir, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { diskFull } from './disk-failure.ts';
import { DownloadError, NoWheelError } from './engine-errors.ts';
import type { OnProgress } from './install-progress.ts';
import { pipDownload } from './pip-download.ts';
import { sha256File } from './sha256-file.ts';
import { tensorFlowRelease } from './tensorflow-release.ts';
import { openWheel, type Extracted, type Wheel } from './wheel.ts';

const isCuda = (path: string): boolean =>
  path.startsWith('nvidia/') && !path.includes('/include/') && !path.endsWith('.py');

/**
 * Puts the CUDA libraries that a TensorFlow wheel names in its extra `and-cuda` into `directory/nvidia`.
 *
 * Wheels of them that lie beside the TensorFlow wheel are taken; where there are none, pip fetches them. A
 * wheel that names none (TensorFlow before 2.14) uses the system's CUDA.
 *
 * @throws NoWheelError, ChecksumError, BadWheelError, DiskSpaceError
 */
export async function provideCuda(
  tensorflow: Wheel,
  context: {
    directory: string;
    env: NodeJS.ProcessEnv;
    onProgress: OnProgress | undefined;
    signal: AbortSignal | undefined;
  },
): Promise<Extracted[]> {
  const { directory, env, onProgress, signal } = context;
  const requirements = tensorflow.requirements('and-cuda');
  if (requirements.length === 0) return [];
  const beside = dirname(tensorflow.file);
  const names = (await readdir(beside)).filter((name) => /^nvidia_.*\.whl$/.test(name));
  const temporary = await mkdtemp(join(directory, 'scratch', 'cuda-'));
  const wheels =
    names.length > 0
      ? names.map((name) => join(beside, name))
      : await fetchCuda(requirements, temporary, { env, onProgress, signal });
  const extracted: Extracted[] = [];
  for (const file of wheels) {
    const wheel = await openWheel(file);
    try {
      const total = wheel.size(isCuda);
      const space = await statfs(directory);
      if (space.bavail * space.bsize < total) throw await diskFull(directory, total);
      let done = 0;
      const onBytes = (bytes: number): void =>
        onProgress?.({ step: 'unpack', text: `Unpacking ${wheel.name}`, done: (done += bytes), total });
      extracted.push(...(await wheel.extract(isCuda, directory, { onBytes, signal })));
    } finally {
      wheel.close();
    }
  }
  await rm(temporary, { recursive: true });
  return extracted;
}

async function fetchCuda(
  requirements: readonly string[],
  directory: string,
  {
    onProgress,
    ...options
  }: { env: NodeJS.ProcessEnv; onProgress: OnProgress | undefined; signal: AbortSignal | undefined },
): Promise<string[]> {
  const text = `Fetching ${requirements.length} CUDA libraries`;
  onProgress?.({ step: 'download', text });
  try {
    const { platforms } = tensorFlowRelease('gpu');
    return await pipDownload(requirements, platforms, directory, {
      ...options,
      onBytes: (done) => onProgress?.({ step: 'download', text, done }),
    });
  } catch (error) {
    if (!DownloadError.isInstance(error)) throw error;
    throw new NoWheelError(
      `The CUDA libraries could not be had: ${error.message.replace(/\.?$/, '.')} Put the wheels of ${requirements.join(', ')} beside the TensorFlow wheel and name that one in FT_TF_WHEEL.`,
      { cause: error },
    );
  }
}

/**
 * Links or copies the libraries below `nvidia`, the folder of an installed Python package, into the engine.
 *
 * @returns What was linked; nothing where there is no such folder, as with the system's CUDA.
 */
export async function linkCuda(nvidia: string, directory: string): Promise<Extracted[]> {
  const paths = (await readdir(nvidia, { recursive: true }).catch(() => []))
    .map((path) => `nvidia/${path}`)
    .filter((path) => isCuda(path));
  const linked: Extracted[] = [];
  for (const path of paths) {
    const source = join(nvidia, '..', path);
    const entry = await stat(source);
    if (!entry.isFile()) continue;
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    await link(source, target).catch(() => copyFile(source, target));
    linked.push({ path, bytes: entry.size, sha256: await sha256File(target) });
  }
  return linked;
}
