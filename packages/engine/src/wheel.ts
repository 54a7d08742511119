import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { BadWheelError, ChecksumError } from './engine-errors.ts';

/** A file that was taken out of a wheel; its hash is the one in the wheel's RECORD. */
export interface Extracted {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** An opened Python wheel (PEP 427). */
export interface Wheel {
  readonly file: string;
  /** Normalised project name, e.g. `'tensorflow-cpu'`. */
  readonly name: string;
  readonly version: string;
  /** Compatibility tags, e.g. `'cp311-cp311-manylinux_2_27_x86_64'`. */
  readonly tags: readonly string[];
  /** What it needs where the extra `name` is asked for, e.g. `'nvidia-cublas-cu12>=12.5'`. */
  requirements(extra: string): string[];
  /** Uncompressed bytes of the members that `select` accepts. */
  size(select: (path: string) => boolean): number;
  /**
   * Writes the members that `select` accepts below `directory`, each one checked against RECORD.
   *
   * @throws ChecksumError, BadWheelError
   */
  extract(
    select: (path: string) => boolean,
    directory: string,
    options?: { onBytes?: (bytes: number) => void; signal?: AbortSignal | undefined },
  ): Promise<Extracted[]>;
  close(): void;
}

/**
 * Opens a wheel and reads its metadata.
 *
 * @throws BadWheelError for anything but a sound wheel, e.g. a proxy's HTML page or half a download.
 */
export async function openWheel(file: string): Promise<Wheel> {
  await refuseOtherFormats(file);
  const zip = await openZip(file);
  try {
    const entries = await listEntries(zip, file);
    const info = [...entries.keys()].find((path) => /^[^/]+\.dist-info\/WHEEL$/.test(path));
    if (info === undefined) throw damaged(file, 'it has no .dist-info/WHEEL');
    const text = async (name: string): Promise<string> => {
      const entry = entries.get(`${dirname(info)}/${name}`);
      if (entry === undefined) throw damaged(file, `it has no ${dirname(info)}/${name}`);
      const parts: Buffer[] = [];
      for await (const part of await openMember(zip, entry)) parts.push(part as Buffer);
      return Buffer.concat(parts).toString('utf8');
    };
    const metadata = await text('METADATA');
    const tags = [...(await text('WHEEL')).matchAll(/^Tag: *(\S+)/gm)].map((match) => match[1]!);
    const hashes = parseRecord(await text('RECORD'));
    const header = (field: string): string => new RegExp(`^${field}: *(\\S+)`, 'm').exec(metadata)?.[1] ?? '';
    return {
      file,
      name: header('Name')
        .toLowerCase()
        .replace(/[-_.]+/g, '-'),
      version: header('Version'),
      tags,
      requirements: (extra) =>
        [...metadata.matchAll(/^Requires-Dist: *([^;\n]+?) *; *extra *== *['"]([\w-]+)['"]\s*$/gm)]
          .filter((match) => match[2] === extra)
          .map((match) => match[1]!.replace(/[\s()]/g, '')),
      size: (select) =>
        [...entries].reduce((sum, [path, entry]) => sum + (select(path) ? entry.uncompressedSize : 0), 0),
      extract: async (select, directory, options = {}) => {
        const extracted: Extracted[] = [];
        for (const [path, entry] of entries) {
          if (!select(path)) continue;
          options.signal?.throwIfAborted();
          const expected = hashes.get(path);
          if (expected === undefined) throw damaged(file, `its RECORD does not list ${path}`);
          const target = join(directory, path);
          await mkdir(dirname(target), { recursive: true });
          const sha256 = await writeHashed(await openMember(zip, entry), target, options);
          if (sha256 !== expected) {
            throw new ChecksumError(
              `${file}: ${path} has the SHA-256 ${sha256}, its RECORD says ${expected}. The file is damaged: delete it and repeat.`,
            );
          }
          extracted.push({ path, bytes: entry.uncompressedSize, sha256 });
        }
        return extracted;
      },
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    if (BadWheelError.isInstance(error)) throw error;
    throw damaged(file, (error as Error).message, error);
  }
}

async function refuseOtherFormats(file: string): Promise<void> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    const start = buffer.subarray(0, bytesRead).toString('latin1');
    if (start.startsWith('PK')) return;
    const what = /^\s*<(!doctype|html|\?xml)/i.test(start)
      ? 'an HTML page, as proxies and sign-in pages send it'
      : bytesRead === 0
        ? 'an empty file'
        : 'not a zip archive';
    throw new BadWheelError(
      `${file} should be a Python wheel but is ${what}. Delete it, and download ${basename(file)} again from where it is published.`,
    );
  } finally {
    await handle.close();
  }
}

function openZip(file: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(file, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, zip) => {
      if (error) reject(damaged(file, error.message, error));
      else resolve(zip);
    });
  });
}

function listEntries(zip: ZipFile, file: string): Promise<Map<string, Entry>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, Entry>();
    zip.on('entry', (entry: Entry) => {
      if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
      zip.readEntry();
    });
    zip.on('end', () => resolve(entries));
    zip.on('error', (error: Error) => reject(damaged(file, error.message, error)));
    zip.readEntry();
  });
}

function openMember(zip: ZipFile, entry: Entry): Promise<Readable> {
  return promisify<Entry, Readable>(zip.openReadStream.bind(zip))(entry);
}

/** RECORD is CSV: path, `sha256=` and the digest in URL-safe base 64, size. */
function parseRecord(text: string): Map<string, string> {
  const hashes = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^(?:"([^"]*)"|([^,]*)),sha256=([\w-]+),/.exec(line);
    if (match === null) continue;
    hashes.set(match[1] ?? match[2]!, Buffer.from(match[3]!, 'base64url').toString('hex'));
  }
  return hashes;
}

async function writeHashed(
  source: Readable,
  target: string,
  options: { onBytes?: (bytes: number) => void; signal?: AbortSignal | undefined },
): Promise<string> {
  const hash = createHash('sha256');
  const meter = new Transform({
    transform(part: Buffer, _encoding, done) {
      hash.update(part);
      options.onBytes?.(part.length);
      done(null, part);
    },
  });
  const stages = [source, meter, createWriteStream(target, { flags: 'wx' })] as const;
  await (options.signal === undefined
    ? pipeline(...stages)
    : pipeline(...stages, { signal: options.signal }));
  return hash.digest('hex');
}

function damaged(file: string, why: string, cause?: unknown): BadWheelError {
  return new BadWheelError(
    `${file} is a damaged wheel: ${why}. Delete it and download it again.`,
    cause === undefined ? undefined : { cause },
  );
}
