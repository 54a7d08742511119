import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { InvalidArgumentError } from '@ft/errors';
import { ChecksumError, DownloadError, NoWheelError } from './engine-errors.ts';
import type { OnProgress } from './install-progress.ts';
import type { OfficialSource } from './official-download.ts';
import { pipDownload } from './pip-download.ts';
import { pypiDownload } from './pypi-download.ts';
import { sha256File } from './sha256-file.ts';
import { knownDigest, tensorFlowRelease } from './tensorflow-release.ts';

/** TensorFlow as it lies on this machine: a wheel, an unpacked `tensorflow` package folder, or the official binary. */
export type TensorFlowSource =
  | {
      readonly kind: 'wheel';
      readonly path: string;
      readonly sha256: string;
      readonly verifiedBy: string;
      /** It lies in ft's own cache and may be deleted once it is unpacked. */
      readonly isOurs: boolean;
    }
  | { readonly kind: 'directory'; readonly path: string }
  | OfficialSource;

/** What the user names: `from`, else FT_TF_WHEEL, else FT_TF_DIR; the path of a file or folder, or `'official'`. */
export function namedSource(from: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  const named = from ?? (env['FT_TF_WHEEL'] || env['FT_TF_DIR']);
  if (named === undefined || named === '' || named === 'wheel') return undefined;
  return named === 'official' ? named : resolve(named);
}

/**
 * A source that the user named.
 *
 * @throws InvalidArgumentError, ChecksumError
 */
export async function openNamedSource(path: string): Promise<TensorFlowSource> {
  const entry = await stat(path).catch(() => undefined);
  if (entry?.isDirectory()) return { kind: 'directory', path };
  if (entry?.isFile()) return await wheelSource(path, false);
  throw new InvalidArgumentError({
    where: 'installEngine',
    argument: 'from (or FT_TF_WHEEL, FT_TF_DIR)',
    expected: 'a TensorFlow wheel or the folder of an unpacked tensorflow package',
    got: path,
    remedy: 'There is no such file or folder.',
  });
}

/**
 * The default TensorFlow wheel: one that is already in the cache, else through pip, else from PyPI.
 *
 * @param directory The folder for downloads.
 * @throws NoWheelError with what each source said; ChecksumError
 */
export async function fetchTensorFlow(
  directory: string,
  options: {
    onProgress?: OnProgress;
    signal?: AbortSignal | undefined;
    variant?: 'cpu' | 'gpu';
    env: NodeJS.ProcessEnv;
    index?: string;
  },
): Promise<TensorFlowSource> {
  const release = tensorFlowRelease(options.variant);
  await mkdir(directory, { recursive: true });
  const prefix = `${release.project.replaceAll('-', '_')}-${release.version}-`;
  const present = (await readdir(directory)).find(
    (name) =>
      name.startsWith(prefix) &&
      name.endsWith('.whl') &&
      release.platforms.some((platform) => name.includes(platform)),
  );
  if (present !== undefined) return await wheelSource(join(directory, present), true);

  const { onProgress, signal, env, index } = options;
  const text = `Fetching ${release.project} ${release.version}`;
  const onBytes = (done: number, total: number | undefined): void =>
    onProgress?.({ step: 'download', text, done, ...(total === undefined ? {} : { total }) });
  onProgress?.({ step: 'download', text });
  const failures: string[] = [];
  try {
    const wanted = `${release.project}==${release.version}`;
    const [wheel] = await pipDownload([wanted], release.platforms, directory, { onBytes, signal, env });
    return await wheelSource(wheel!, true);
  } catch (error) {
    if (!DownloadError.isInstance(error)) throw error;
    failures.push(error.message);
  }
  try {
    const { file, sha256 } = await pypiDownload(release, directory, {
      onBytes,
      signal,
      ...(index === undefined ? {} : { index }),
    });
    return { kind: 'wheel', path: file, sha256, verifiedBy: 'the digest that PyPI publishes', isOurs: true };
  } catch (error) {
    if (!DownloadError.isInstance(error)) throw error;
    failures.push(error.message);
  }
  throw new NoWheelError(
    `The TensorFlow library (${release.project} ${release.version}) could not be had. ${failures
      .map((failure, i) => `${i + 1}. ${failure.replace(/\.?$/, '.')}`)
      .join(
        ' ',
      )} Fetch its wheel for Linux ${process.arch} on a machine with a network and name it in FT_TF_WHEEL.`,
  );
}

async function wheelSource(path: string, isOurs: boolean): Promise<TensorFlowSource> {
  const sha256 = await sha256File(path);
  const known = knownDigest(basename(path));
  if (known !== undefined && known !== sha256) {
    if (isOurs) await rm(path);
    throw new ChecksumError(
      `${path} has the SHA-256 ${sha256}, and the published one is ${known}. The file is damaged or not what its name says: ${isOurs ? 'it was deleted; repeat' : 'delete it and repeat'}.`,
    );
  }
  const verifiedBy = known === undefined ? "the wheel's own RECORD" : 'the published digest';
  return { kind: 'wheel', path, sha256, verifiedBy, isOurs };
}
