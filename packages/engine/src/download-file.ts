import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChecksumError, DownloadError } from './engine-errors.ts';
import { sha256File } from './sha256-file.ts';

const stallMs = 60_000;

/**
 * Downloads a file, going on where an earlier attempt stopped.
 *
 * The bytes gather in `target + '.part'`; `target` appears only when it is complete and right.
 *
 * @param options.sha256 The published digest, where there is one.
 * @param options.attempts How often to go on after a broken connection.
 * @throws DownloadError, ChecksumError
 */
export async function downloadFile(
  url: string,
  target: string,
  options: {
    sha256?: string;
    onBytes?: (done: number, total: number | undefined) => void;
    signal?: AbortSignal | undefined;
    attempts?: number;
  },
): Promise<void> {
  const part = `${target}.part`;
  const attempts = options.attempts ?? 5;
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchInto(url, part, options);
      break;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isFinal(error) || attempt === attempts) throw asDownloadError(url, error);
      await sleep(250 * 2 ** (attempt - 1), undefined, { signal: options.signal });
    }
  }
  const sha256 = options.sha256 === undefined ? undefined : await sha256File(part);
  if (sha256 !== options.sha256) {
    await rm(part, { force: true });
    throw new ChecksumError(
      `${url} has the SHA-256 ${sha256}, and ${options.sha256} is the published one. The download was ` +
        'deleted. Repeat it; if that does not help, something between here and the server changes files.',
    );
  }
  await rename(part, target);
}

/** Fetches JSON; an HTML page or any other answer is a DownloadError. */
export async function fetchJson(url: string, signal?: AbortSignal): Promise<unknown> {
  try {
    const timeout = AbortSignal.timeout(20_000);
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    refuseAnswer(url, response);
    return await response.json();
  } catch (error) {
    signal?.throwIfAborted();
    throw asDownloadError(url, error);
  }
}

async function fetchInto(
  url: string,
  part: string,
  options: { onBytes?: (done: number, total: number | undefined) => void; signal?: AbortSignal | undefined },
): Promise<void> {
  const have = await stat(part).then(
    ({ size }) => size,
    () => 0,
  );
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(new Error(`nothing came for ${stallMs / 1000} s`)), stallMs);
  try {
    const response = await fetch(url, {
      headers: have > 0 ? { range: `bytes=${have}-`, 'accept-encoding': 'identity' } : {},
      signal:
        options.signal === undefined ? stalled.signal : AbortSignal.any([options.signal, stalled.signal]),
    });
    // 416: the part is already complete, or longer than the file; the checksum tells, the archive's own one included.
    if (response.status === 416) return void (await response.body?.cancel());
    refuseAnswer(url, response);
    const isContinued = response.status === 206;
    let done = isContinued ? have : 0;
    const length = response.headers.get('content-length');
    const total = length === null ? undefined : done + Number(length);
    const meter = new Transform({
      transform(bytes: Buffer, _encoding, next) {
        timer.refresh();
        done += bytes.length;
        options.onBytes?.(done, total);
        next(null, bytes);
      },
    });
    await pipeline(
      Readable.fromWeb(response.body as import('node:stream/web').ReadableStream),
      meter,
      createWriteStream(part, { flags: isContinued ? 'a' : 'w' }),
    );
    if (total !== undefined && done < total)
      throw new Error(`the connection ended after ${done} of ${total} bytes`);
  } finally {
    clearTimeout(timer);
  }
}

function refuseAnswer(url: string, response: Response): void {
  if (!response.ok) {
    throw new DownloadError(
      `${url} answers ${response.status} ${response.statusText}. Check the address and the proxy settings.`,
    );
  }
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/html')) {
    throw new DownloadError(
      `${url} answers with an HTML page in place of the file, as proxies and sign-in pages do. ` +
        'Sign in or set up the proxy, or fetch the file on another machine.',
    );
  }
}

function isFinal(error: unknown): boolean {
  return DownloadError.isInstance(error) || isDiskFull(error) || errorCode(error) === 'ENOTFOUND';
}

function isDiskFull(error: unknown): boolean {
  return errorCode(error) === 'ENOSPC';
}

function errorCode(error: unknown): string | undefined {
  const { code, cause } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
  return code ?? cause?.code;
}

function asDownloadError(url: string, error: unknown): unknown {
  if (DownloadError.isInstance(error) || isDiskFull(error)) return error;
  const cause = (error as Error & { cause?: Error }).cause ?? (error as Error);
  return new DownloadError(
    `${url} could not be fetched: ${cause.message || errorCode(error)}. Check the network and the proxy settings.`,
    { cause: error },
  );
}
