import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DownloadError } from './download-error.ts';

/** What identifies a file's content; at least one of the two. */
export interface Checksum {
  readonly sha256?: string;
  readonly md5?: string;
}

export interface DownloadOptions {
  /** Tried in this order. */
  readonly urls: readonly string[];
  readonly target: string;
  readonly checksum: Checksum;
  /** More than this is never stored. */
  readonly maxBytes: number;
  /** `total` is undefined where the server does not say. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** In each such span, in milliseconds, at least a kilobyte a second must arrive. Default 30,000. */
  readonly stallTimeout?: number;
  /** How often an address is tried again after a broken connection or a server's error. Default 3. */
  readonly retries?: number;
  /** Wait before the first retry, in milliseconds, doubled each time. Default 1,000. */
  readonly retryDelay?: number;
}

/**
 * Downloads a file, going on where an earlier attempt stopped, and puts it in place once its checksum fits.
 *
 * What has arrived is kept in `target.part`. A file already in place is taken as it is.
 *
 * @throws DownloadError where no address gives the file
 * @throws the signal's reason where it is aborted
 */
export async function downloadFile(options: DownloadOptions): Promise<void> {
  const { urls, target, signal } = options;
  if ((await sizeOf(target)) !== undefined) return;
  await mkdir(dirname(target), { recursive: true });
  const failures: { url: string; reason: string }[] = [];
  for (const url of urls) {
    try {
      return await downloadFrom(url, options);
    } catch (error) {
      signal?.throwIfAborted();
      failures.push({ url, reason: reasonOf(error) });
    }
  }
  throw new DownloadError(target, failures);
}

async function downloadFrom(url: string, options: DownloadOptions): Promise<void> {
  const { target, checksum, signal, retries = 3, retryDelay = 1_000 } = options;
  const part = `${target}.part`;
  for (let attempt = 0; ; attempt++) {
    const resumed = (await sizeOf(part)) !== undefined;
    try {
      await receive(url, part, options);
      if (await fits(part, checksum)) return await rename(part, target);
      await rm(part, { force: true });
      // The bytes kept from an earlier attempt may have been the wrong ones: one try from the start.
      if (!resumed) throw new Refusal('the checksum does not fit');
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof Refusal || attempt >= retries) throw error;
      await sleep(retryDelay * 2 ** attempt, undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** An answer that asking again would not change. */
class Refusal extends Error {}

async function receive(url: string, part: string, options: DownloadOptions): Promise<void> {
  const { maxBytes, onProgress, signal, stallTimeout = 30_000 } = options;
  const present = (await sizeOf(part)) ?? 0;
  const stalled = new AbortController();
  const signals = signal === undefined ? [stalled.signal] : [stalled.signal, signal];
  let arrived = 0;
  let before = 0;
  const watch = setInterval(() => {
    if (arrived - before < (1024 * stallTimeout) / 1000) stalled.abort(new Error('the server is too slow'));
    before = arrived;
  }, stallTimeout);
  try {
    const response = await fetch(url, {
      headers: present > 0 ? { range: `bytes=${present}-` } : {},
      signal: AbortSignal.any(signals),
    });
    if (response.status === 416) {
      // What is there is complete or wrong; the checksum tells.
      await response.body?.cancel();
      return;
    }
    if (!response.ok) {
      await response.body?.cancel();
      const message = `the server answered ${response.status}`;
      throw response.status >= 500 || response.status === 429 ? new Error(message) : new Refusal(message);
    }
    if (/^text\/html/i.test(response.headers.get('content-type') ?? '')) {
      await response.body?.cancel();
      throw new Refusal('the server answered with a web page');
    }
    const resumes = response.status === 206 && present > 0;
    let done = resumes ? present : 0;
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    const total = Number.isFinite(length) ? done + length : undefined;
    const handle = await open(part, resumes ? 'a' : 'w');
    try {
      for await (const chunk of response.body ?? []) {
        done += chunk.length;
        arrived += chunk.length;
        if (done > maxBytes) throw new Refusal(`more than ${maxBytes} bytes came`);
        await handle.write(chunk);
        onProgress?.(done, total);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (total !== undefined && done < total) throw new Error(`${total} bytes were announced, ${done} came`);
  } catch (error) {
    if (error instanceof Refusal) await rm(part, { force: true });
    throw error;
  } finally {
    clearInterval(watch);
  }
}

async function fits(file: string, { sha256, md5 }: Checksum): Promise<boolean> {
  if ((await sizeOf(file)) === undefined) return false;
  const hash = createHash(sha256 === undefined ? 'md5' : 'sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex') === (sha256 ?? md5);
}

async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
