import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFileAtomic } from '@ft/atomic-file';
import { GalleryBusyError } from './gallery-error.ts';
import { processMark } from './process-mark.ts';

interface Holder {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  readonly mark: string;
  readonly released: boolean;
}

const retryMs = 50;

/**
 * Waits for a folder to be free and takes it for this process alone.
 *
 * Every holder leaves a file `lock.N` with the next higher number, made in one step with its content, so only one
 * process gets a number. The highest number holds the folder until it says that it is released or its process has
 * ended; a process that was killed therefore keeps nobody out. Numbers never go down, so a slow process cannot
 * take what another one has taken since it looked.
 *
 * @param directory exists
 * @param patienceMs how long to wait for another holder
 * @returns gives the folder back
 * @throws GalleryBusyError where the folder is still held then
 */
export async function lockDirectory(directory: string, patienceMs: number): Promise<() => Promise<void>> {
  const self: Holder = {
    id: randomUUID(),
    pid: process.pid,
    host: hostname(),
    mark: (await processMark(process.pid)) ?? '',
    released: false,
  };
  const draft = join(directory, `${self.id}.tmp`);
  await writeFile(draft, JSON.stringify(self));
  const deadline = Date.now() + patienceMs;
  try {
    for (;;) {
      const numbers = await lockNumbers(directory);
      const last = Math.max(0, ...numbers);
      const holder = last === 0 ? undefined : await readHolder(file(directory, last));
      if (holder === undefined || (await hasEnded(holder))) {
        const own = last + 1;
        if (await claim(draft, directory, own)) {
          for (const older of await lockNumbers(directory)) {
            if (older < own) await rm(file(directory, older), { force: true });
          }
          const given = JSON.stringify({ ...self, released: true });
          return () => writeFileAtomic(file(directory, own), given);
        }
      } else if (Date.now() >= deadline) {
        throw new GalleryBusyError(
          `openGallery: ${directory} is in use by process ${holder.pid} on ${holder.host}, and was for the ` +
            `${patienceMs / 1000} s that this one waited. Wait for it to end; if it does not run any more, ` +
            `remove ${file(directory, last)}.`,
        );
      }
      await sleep(retryMs);
    }
  } finally {
    await rm(draft, { force: true });
  }
}

const file = (directory: string, number: number) => join(directory, `lock.${number}`);

async function lockNumbers(directory: string): Promise<number[]> {
  return (await readdir(directory)).flatMap((name) => {
    const match = /^lock\.(\d+)$/.exec(name);
    return match === null ? [] : [Number(match[1])];
  });
}

/** @returns undefined where the file is gone: its number is not the highest any more */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

async function hasEnded({ released, pid, host, mark }: Holder): Promise<boolean> {
  if (released) return true;
  // Nothing is known here about the processes of another machine.
  if (host !== hostname()) return false;
  return (await processMark(pid)) !== mark;
}

/** Takes a number unless it is taken, or was taken and has been passed by. */
async function claim(draft: string, directory: string, number: number): Promise<boolean> {
  try {
    await link(draft, file(directory, number));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  if (Math.max(...(await lockNumbers(directory))) === number) return true;
  await rm(file(directory, number), { force: true });
  return false;
}
