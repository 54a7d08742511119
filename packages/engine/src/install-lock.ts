import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly id: string;
}

const staleMs = 60_000;

/**
 * Runs `work` while holding a lock file, so that one process at a time does.
 *
 * The holder touches the file every two seconds. A lock is taken over when its process is gone, or when
 * nobody has touched it for a minute (a holder on another machine of a shared file system).
 *
 * @param file The lock file; its folder is made.
 * @param options.onWait Called once, with the holder's description, when the lock is taken.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  options: {
    onWait?: (holder: string) => void;
    signal?: AbortSignal | undefined;
    pollMs?: number;
    heartbeatMs?: number;
  } = {},
): Promise<T> {
  const { pollMs = 250, heartbeatMs = 2_000 } = options;
  const owner: Owner = { pid: process.pid, host: hostname(), id: randomUUID() };
  await mkdir(dirname(file), { recursive: true });
  let told = false;
  while (!(await take(file, owner))) {
    options.signal?.throwIfAborted();
    const holder = await readOwner(file);
    if (await isStale(file, holder, 3 * heartbeatMs)) {
      await removeStale(file, holder);
      continue;
    }
    if (!told)
      options.onWait?.(holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`);
    told = true;
    await sleep(pollMs, undefined, { signal: options.signal });
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, heartbeatMs).unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readOwner(file))?.id === owner.id) await rm(file, { force: true });
  }
}

async function take(file: string, owner: Owner): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(owner), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

/** A dead process may live on in another container of the same host name, hence the few seconds of grace. */
async function isStale(file: string, holder: Owner | undefined, graceMs: number): Promise<boolean> {
  const touched = await stat(file).catch(() => undefined);
  if (touched === undefined) return false;
  const age = Date.now() - touched.mtimeMs;
  const isDead = holder?.host === hostname() && !isAlive(holder.pid);
  return age > (isDead ? graceMs : staleMs);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Moves the lock aside before deleting it: of several waiters only one removes the one it judged. */
async function removeStale(file: string, judged: Owner | undefined): Promise<void> {
  const aside = `${file}.stale-${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  const moved = await readOwner(aside);
  if (moved !== undefined && moved.id !== judged?.id) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}
