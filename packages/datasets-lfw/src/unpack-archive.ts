import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { LfwArchiveError } from './lfw-archive-error.ts';

/** Far above any LFW archive (13,233 images, 300 MB unpacked) and far below what fills a disk. */
export const archiveLimits = { entries: 50_000, fileBytes: 4 * 2 ** 20, totalBytes: 2 * 2 ** 30 };

/**
 * Unpacks a gzipped tar of images into a new folder, all of it or nothing.
 *
 * Only plain files `FOLDER/NAME/FILE.jpg` are written, as `NAME/FILE.jpg`; other plain files are left out.
 * Links, devices, absolute paths, `..`, and anything above {@link archiveLimits} are refused.
 *
 * @param archive the file
 * @param target the folder to make; its parent is made where missing. If it exists already, it is kept
 * @param onBytes called with the number of compressed bytes read so far
 * @throws LfwArchiveError where the archive is damaged or unsafe; nothing is left behind
 */
export async function unpackArchive(
  archive: string,
  target: string,
  onBytes: (done: number) => void,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await removeAbandoned(target);
  const temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
  try {
    await extract(archive, temporary, onBytes);
    await rename(temporary, target).catch(async (error: unknown) => {
      // Another process was faster: its folder holds the same.
      if (!(await stat(target).catch(() => undefined))?.isDirectory()) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** A process that was killed leaves its folder behind; after an hour nobody is working on it any more. */
async function removeAbandoned(target: string): Promise<void> {
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(`.${basename(target)}-`)) continue;
    const path = join(dirname(target), name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > 3_600_000) {
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function extract(archive: string, into: string, onBytes: (done: number) => void): Promise<void> {
  const input = createReadStream(archive, { highWaterMark: 2 ** 18 });
  const plain = createGunzip();
  input.on('error', (error) => plain.destroy(error));
  let read = 0;
  input.on('data', (chunk) => onBytes((read += chunk.length)));
  input.pipe(plain);

  const folders = new Set<string>();
  let waiting: { path: string; chunks: Buffer[] }[] = [];
  let problem: unknown;
  let entries = 0;
  let files = 0;
  let total = 0;
  const parser = new Parser({
    strict: true,
    onReadEntry(entry) {
      entries += 1;
      problem ??= refusal(archive, entry, entries);
      const path = problem === undefined ? imagePath(entry) : undefined;
      if (path === undefined) {
        entry.resume();
        return;
      }
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
      entry.on('end', () => waiting.push({ path, chunks }));
      entry.on('error', (error: unknown) => (problem ??= error));
    },
  });
  // The mark at an archive's end: without it, the rest was cut off between two files.
  let ended = false;
  parser.on('eof', () => (ended = true));
  parser.on('error', (error: unknown) => (problem ??= error));

  async function writeWaiting(): Promise<void> {
    if (problem !== undefined) throw problem;
    const batch = waiting;
    waiting = [];
    for (const { path } of batch) {
      const folder = join(into, dirname(path));
      if (!folders.has(folder)) await mkdir(folder, { recursive: true });
      folders.add(folder);
    }
    await Promise.all(batch.map(({ path, chunks }) => writeFile(join(into, path), Buffer.concat(chunks))));
    files += batch.length;
  }

  try {
    for await (const chunk of plain) {
      total += (chunk as Buffer).length;
      if (total > archiveLimits.totalBytes) {
        throw unsafe(archive, `it unpacks to more than ${archiveLimits.totalBytes} bytes`);
      }
      parser.write(chunk as Buffer);
      await writeWaiting();
    }
    parser.end();
    await writeWaiting();
  } catch (cause) {
    if (LfwArchiveError.isInstance(cause)) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LfwArchiveError(archive, `the archive is damaged (${reason}). Download it again.`, { cause });
  } finally {
    input.destroy();
    plain.destroy();
  }
  if (!ended) {
    throw new LfwArchiveError(archive, 'the archive is damaged (its end is missing). Download it again.');
  }
  if (files === 0) {
    throw new LfwArchiveError(
      archive,
      'the archive holds no FOLDER/NAME/FILE.jpg. Check that it is an LFW archive.',
    );
  }
}

function refusal(archive: string, entry: ReadEntry, entries: number): Error | undefined {
  const path = JSON.stringify(entry.path.slice(0, 200));
  if (!['File', 'OldFile', 'Directory'].includes(entry.type)) {
    return unsafe(archive, `${path} is a ${entry.type}, not a file or folder`);
  }
  if (/^[/\\]|^[a-z]:/i.test(entry.path) || entry.path.split(/[/\\]/).includes('..')) {
    return unsafe(archive, `${path} leads out of the folder`);
  }
  if (entry.path.includes('\0') || entry.path.includes('\\')) {
    return unsafe(archive, `${path} is no portable path`);
  }
  if (entries > archiveLimits.entries)
    return unsafe(archive, `it has more than ${archiveLimits.entries} entries`);
  if (entry.size > archiveLimits.fileBytes) {
    return unsafe(archive, `${path} is larger than ${archiveLimits.fileBytes} bytes`);
  }
  return undefined;
}

function imagePath(entry: ReadEntry): string | undefined {
  if (entry.type === 'Directory') return undefined;
  return /^(?:\.\/)?[^/]+\/([^/]+\/[^/]+\.jpg)$/.exec(entry.path)?.[1];
}

function unsafe(archive: string, what: string): LfwArchiveError {
  return new LfwArchiveError(
    archive,
    `the archive is refused: ${what}. No LFW archive has that; do not use it.`,
  );
}
