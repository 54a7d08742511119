import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { extract } from 'tar';
import { compileLoader, findCompiler } from './compile-addon.ts';
import { addonName } from './engine-cache.ts';
import { BadArchiveError } from './engine-errors.ts';
import type { OnProgress } from './install-progress.ts';
import type { OfficialArchive, OfficialSource } from './official-download.ts';
import type { Libraries } from './provide-tensorflow.ts';
import { sha256File } from './sha256-file.ts';

const libraries = ['libtensorflow', 'libtensorflow_framework'];
/** Links of these names lie beside them; the loader looks for `NAME.so.2`. */
const isLibrary = /^(?:\.\/)?lib\/(?:libtensorflow|libtensorflow_framework)\.so\.\d+\.\d+\.\d+$/;
const isAddon = /^(?:\.\/)?napi-v\d+\/tfjs_binding\.node$/;

/** Where the official addon looks for its libraries, and where they lie in an engine's folder. */
const officialRunpath = '$ORIGIN/../../deps/lib';
const ourRunpath = '$ORIGIN/lib';

/**
 * Puts the official binary into an engine's folder: the libraries into `directory/lib`, the addon beside it.
 *
 * Of the addon one string is changed, the folder of its libraries. The loader addon is built where there is a
 * compiler; without it the engine works, and TensorFlow's notices are seen when it is loaded.
 *
 * @param context.directory The folder that becomes the engine. It holds empty folders `lib` and `scratch`.
 * @throws BadArchiveError, DiskSpaceError
 */
export async function provideOfficial(
  source: OfficialSource,
  context: {
    directory: string;
    env: NodeJS.ProcessEnv;
    onProgress: OnProgress | undefined;
    signal: AbortSignal | undefined;
  },
): Promise<Libraries> {
  const { directory, env, onProgress, signal } = context;
  const scratch = join(directory, 'scratch');
  const { size: total } = await stat(source.library.path);
  const text = 'Unpacking the official TensorFlow';
  const onBytes = (done: number): void => onProgress?.({ step: 'unpack', text, done, total });
  const unpacked = await unpack(source.library, isLibrary, join(scratch, 'library'), { onBytes, signal });
  const files = await Promise.all(
    libraries.map(async (library) => {
      const found = unpacked.find((name) => name.startsWith(`${library}.so.`));
      if (found === undefined) throw await damaged(source.library, `it has no lib/${library}.so.2.x.y`);
      const path = `lib/${library}.so.2`;
      await rename(join(scratch, 'library', found), join(directory, path));
      const { size } = await stat(join(directory, path));
      return { path, bytes: size, sha256: await sha256File(join(directory, path)) };
    }),
  );

  const [addon] = await unpack(source.addon, isAddon, join(scratch, 'addon'), { signal });
  if (addon === undefined) throw await damaged(source.addon, 'it has no napi-v8/tfjs_binding.node');
  const bytes = await readFile(join(scratch, 'addon', addon));
  const runpath = bytes.indexOf(`${officialRunpath}\0`);
  if (runpath === -1) throw await damaged(source.addon, `its addon does not name ${officialRunpath}`);
  bytes.write(ourRunpath.padEnd(officialRunpath.length, '\0'), runpath, 'latin1');
  await writeFile(join(directory, addonName), bytes, { mode: 0o755 });

  const compiler = await findCompiler(env).catch(() => undefined);
  if (compiler !== undefined)
    await compileLoader({ compiler, directory, env, signal }).catch(() => undefined);
  signal?.throwIfAborted();
  return { variant: source.variant, files };
}

/** Writes the plain files whose path `select` matches into `target`, without their folders; returns their names. */
async function unpack(
  archive: OfficialArchive,
  select: RegExp,
  target: string,
  options: { onBytes?: (done: number) => void; signal: AbortSignal | undefined },
): Promise<string[]> {
  await mkdir(target, { recursive: true });
  const extractor = extract({
    cwd: target,
    strict: true,
    preserveOwner: false,
    filter: (path, entry) => 'type' in entry && entry.type === 'File' && select.test(path),
    onReadEntry: (entry) => (entry.path = basename(entry.path)),
  });
  const input = createReadStream(archive.path, { highWaterMark: 2 ** 20, signal: options.signal });
  let done = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      input.on('data', (part) => options.onBytes?.((done += part.length)));
      input.on('error', reject);
      extractor.on('error', reject);
      extractor.on('close', resolve);
      input.pipe(extractor);
    });
  } catch (error) {
    if (!/^(TAR|Z)_/.test((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw await damaged(archive, (error as Error).message, error);
  } finally {
    input.destroy();
  }
  return await readdir(target);
}

/** The archive is deleted, so that the next attempt fetches it anew. */
async function damaged(archive: OfficialArchive, why: string, cause?: unknown): Promise<BadArchiveError> {
  await rm(archive.path, { force: true });
  return new BadArchiveError(
    `${basename(archive.path)} from ${archive.url} is damaged or something else: ${why}. It was deleted; repeat. If ` +
      'that does not help, something between here and the server changes files.',
    cause === undefined ? undefined : { cause },
  );
}
