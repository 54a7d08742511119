import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DownloadError } from './engine-errors.ts';
import { runCommand } from './run-command.ts';

/**
 * Downloads wheels with pip, and so with the user's indexes, proxies and certificates.
 *
 * @param requirements What to download, as pip writes it, e.g. `'tensorflow-cpu==2.21.0'`. What those need
 *   in turn is not downloaded.
 * @param platforms The platform tags that will do.
 * @param directory An existing folder for the wheels.
 * @param options.onBytes Called with the bytes so far, and with the size once pip has said it.
 * @returns The wheels' paths.
 * @throws DownloadError where there is no pip or where it finds nothing.
 */
export async function pipDownload(
  requirements: readonly string[],
  platforms: readonly string[],
  directory: string,
  options: {
    onBytes?: (done: number, total: number | undefined) => void;
    signal?: AbortSignal | undefined;
    env?: NodeJS.ProcessEnv;
  } = {},
): Promise<string[]> {
  const env = options.env ?? process.env;
  const python = await findPip(env);
  if (python === undefined) {
    throw new DownloadError('there is no pip (neither python3 -m pip nor python -m pip answers)');
  }
  const scratch = await mkdtemp(join(directory, '.pip-'));
  try {
    // pip writes below TMPDIR before it moves the file; the same folder shows how far it is.
    const temporary = join(scratch, 'tmp');
    await mkdir(temporary);
    const child = spawn(
      python,
      [
        ...'-m pip download --no-deps --only-binary=:all: --implementation cp --python-version 3.11'.split(
          ' ',
        ),
        ...'--progress-bar off --retries 2 --dest'.split(' '),
        scratch,
        ...platforms.flatMap((platform) => ['--platform', platform]),
        ...requirements,
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...env,
          TMPDIR: temporary,
          PIP_NO_INPUT: '1',
          PIP_DISABLE_PIP_VERSION_CHECK: '1',
          LC_ALL: 'C.UTF-8',
        },
        signal: options.signal,
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const watch = setInterval(() => {
      const said = /Downloading .*?\(([\d.]+) (kB|MB|GB)\)/.exec(output);
      const unit = { kB: 1e3, MB: 1e6, GB: 1e9 }[said?.[2] ?? ''];
      const total = said === null || unit === undefined ? undefined : Number(said[1]) * unit;
      void folderBytes(scratch).then((done) => options.onBytes?.(done, total));
    }, 250);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    }).finally(() => clearInterval(watch));
    const wheels = (await readdir(scratch)).filter((name) => name.endsWith('.whl'));
    if (code !== 0 || wheels.length !== requirements.length) {
      if (/No space left on device/i.test(output)) {
        throw Object.assign(new Error('pip: no space left on device'), { code: 'ENOSPC' });
      }
      throw new DownloadError(`${python} -m pip download found no wheel: ${lastError(output)}`);
    }
    await Promise.all(wheels.map((name) => rename(join(scratch, name), join(directory, name))));
    return wheels.map((name) => join(directory, name));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function findPip(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const python of ['python3', 'python']) {
    if ((await runCommand(python, ['-m', 'pip', '--version'], { env }))?.code === 0) return python;
  }
  return undefined;
}

function lastError(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? 'it said nothing').trim();
}

async function folderBytes(directory: string): Promise<number> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        (entry) => (entry.isFile() ? entry.size : 0),
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
