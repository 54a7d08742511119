import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@ft/atomic-file';
import type { FaceImage } from './face-dataset.ts';
import { mapInParallel } from './map-in-parallel.ts';
import type { Point } from './point.ts';

const POINTS = 68;
const KEY_BYTES = 16;
const RECORD_BYTES = KEY_BYTES + POINTS * 2 * 4;
/** Records in one file: what a crash may lose. */
const RECORDS = 512;

/** Landmarks that were found before, and a place for new ones. */
export interface LandmarkCache {
  /** By image id. */
  readonly found: ReadonlyMap<string, readonly Point[]>;
  add(id: string, points: readonly Point[]): Promise<void>;
  /** Writes what was added since the last full file. */
  flush(): Promise<void>;
}

/**
 * Opens the cache of one way of finding landmarks: a folder of files that are never changed, each with some images'
 * points (little-endian: 16 bytes of key, 68 x and y as float32). Several processes may add files at once.
 */
export async function openLandmarkCache(
  cacheDir: string,
  recipe: unknown,
  images: readonly FaceImage[],
  signal: AbortSignal | undefined,
): Promise<LandmarkCache> {
  const folder = join(cacheDir, `landmarks-${sha256(JSON.stringify(recipe)).toString('hex').slice(0, 16)}`);
  await mkdir(folder, { recursive: true });
  const keys = new Map<string, string>();
  await mapInParallel(images, 32, signal, async ({ id, file }) => {
    const facts = await stat(file).catch(() => undefined);
    if (facts === undefined) return;
    const key = sha256(JSON.stringify([file, facts.size, facts.mtimeMs])).subarray(0, KEY_BYTES);
    keys.set(id, key.toString('latin1'));
  });

  const idsOf = new Map<string, string[]>();
  for (const [id, key] of keys) idsOf.set(key, [...(idsOf.get(key) ?? []), id]);
  const found = new Map<string, readonly Point[]>();
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.points'))) {
    const bytes = await readFile(join(folder, name));
    if (bytes.length % RECORD_BYTES !== 0) continue;
    for (let at = 0; at < bytes.length; at += RECORD_BYTES) {
      const ids = idsOf.get(bytes.toString('latin1', at, at + KEY_BYTES));
      if (ids === undefined) continue;
      const points = Array.from({ length: POINTS }, (_, k): Point => {
        const from = at + KEY_BYTES + k * 8;
        return [bytes.readFloatLE(from), bytes.readFloatLE(from + 4)];
      });
      for (const id of ids) found.set(id, points);
    }
  }

  let fresh: Buffer[] = [];
  const flush = async (): Promise<void> => {
    if (fresh.length === 0) return;
    const content = Buffer.concat(fresh);
    fresh = [];
    await writeFileAtomic(join(folder, `${randomUUID()}.points`), content);
  };
  return {
    found,
    async add(id, points) {
      // Rounded as the file rounds, so that the first pass gives the same as the second.
      found.set(
        id,
        points.map(([x, y]): Point => [Math.fround(x), Math.fround(y)]),
      );
      const record = Buffer.alloc(RECORD_BYTES);
      record.write(keys.get(id)!, 'latin1');
      points.flat().forEach((value, k) => record.writeFloatLE(value, KEY_BYTES + k * 4));
      fresh.push(record);
      if (fresh.length === RECORDS) await flush();
    },
    flush,
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
