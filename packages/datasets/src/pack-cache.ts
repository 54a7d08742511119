import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PackedImages } from './packed-images.ts';
import { unfilledBytes } from './unfilled-bytes.ts';

/*
 * The file: 8 bytes of magic, the header's length as a little-endian uint32, the header as JSON, the pixels.
 * A file whose length does not fit its header is as good as absent, so no crash can leave a wrong one.
 */
const magic = Buffer.from('FTPACK1\n');
/** Reads and writes above 2 GiB fail in one call. */
const chunkBytes = 2 ** 28;

type Header = Omit<PackedImages, 'pixels' | 'labels' | 'channels'> & { readonly labels: readonly number[] };

/** Reads a cache file back, or gives undefined where it is missing, incomplete or of another format. */
export async function readPackCache(file: string): Promise<PackedImages | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch {
    return undefined;
  }
  try {
    const start = Buffer.alloc(magic.length + 4);
    await handle.read(start, 0, start.length, 0);
    if (!start.subarray(0, magic.length).equals(magic)) return undefined;
    const headerLength = start.readUInt32LE(magic.length);
    const { size } = await handle.stat();
    const pixelStart = start.length + headerLength;
    if (pixelStart > size) return undefined;
    const headerBytes = Buffer.alloc(headerLength);
    await handle.read(headerBytes, 0, headerLength, start.length);
    const header: unknown = JSON.parse(headerBytes.toString());
    if (!isHeader(header)) return undefined;
    const pixelBytes = header.count * header.height * header.width * 3;
    if (pixelStart + pixelBytes !== size) return undefined;
    const pixels = unfilledBytes(pixelBytes);
    for (let done = 0; done < pixelBytes;) {
      const length = Math.min(chunkBytes, pixelBytes - done);
      const { bytesRead } = await handle.read(pixels, done, length, pixelStart + done);
      if (bytesRead === 0) return undefined;
      done += bytesRead;
    }
    return { ...header, channels: 3, labels: Int32Array.from(header.labels), pixels };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    await handle.close();
  }
}

function isHeader(value: unknown): value is Header {
  const { count, ids, labels, identities, skipped } = (value ?? {}) as Partial<Record<keyof Header, unknown>>;
  const lists = [ids, labels, identities, skipped];
  return lists.every(Array.isArray) && [ids, labels].every((list) => (list as unknown[]).length === count);
}

/** Writes a cache file under a name of its own and renames it, so that readers see all of it or nothing. */
export async function writePackCache(file: string, packed: PackedImages): Promise<void> {
  const { pixels, labels, channels: _, ...rest } = packed;
  const header = Buffer.from(JSON.stringify({ ...rest, labels: [...labels] } satisfies Header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}.part`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(Buffer.concat([magic, length, header]));
      for (let done = 0; done < pixels.length;) {
        const { bytesWritten } = await handle.write(pixels, done, Math.min(chunkBytes, pixels.length - done));
        done += bytesWritten;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
