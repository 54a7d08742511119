import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LfwArchiveError } from './lfw-archive-error.ts';
import { knownArchives, type LfwVariant, variantOfName } from './lfw-variant.ts';
import { unpackArchive } from './unpack-archive.ts';

/** What {@link openLfw} is busy with; `done` and `total` are bytes of the archive. */
export interface LfwProgress {
  readonly stage: 'verify' | 'unpack';
  readonly done: number;
  readonly total: number;
}

interface LocateOptions {
  readonly cacheDir: string;
  readonly verifyChecksum: boolean;
  readonly onProgress: (progress: LfwProgress) => void;
}

/** The folder that holds one folder a person, and the variant of its images. */
export interface ImageRoot {
  readonly root: string;
  readonly variant: LfwVariant;
}

const archiveNames = ['lfw-deepfunneled.tgz', 'lfw-funneled.tgz', 'lfw.tgz'];
const folderNames = ['lfw-deepfunneled', 'lfw_deepfunneled', 'lfw-funneled', 'lfw_funneled', 'lfw'];

/** Finds unpacked images in a folder, or an archive there, which is verified and unpacked into the cache. */
export async function locateImages(folder: string, options: LocateOptions): Promise<ImageRoot> {
  const names = await readdir(folder);
  const unpacked = folderNames.find((name) => names.includes(name));
  if (unpacked !== undefined) return { root: join(folder, unpacked), variant: variantOfName(unpacked) };
  const archive = archiveNames.find((name) => names.includes(name));
  if (archive !== undefined) return unpackIntoCache(join(folder, archive), options);
  throw new LfwArchiveError(
    folder,
    `the folder has neither an archive (${archiveNames.join(', ')}) nor unpacked images (${folderNames.join(', ')}). Put one there.`,
  );
}

/** Verifies an archive and unpacks it into the cache, or finds it unpacked there. */
export async function unpackIntoCache(
  archive: string,
  { cacheDir, verifyChecksum, onProgress }: LocateOptions,
): Promise<ImageRoot> {
  const { size: total, mtimeMs } = await stat(archive);
  let variant = variantOfName(basename(archive));
  let key = `${total}-${Math.round(mtimeMs)}`;
  if (verifyChecksum) {
    const { sha256, md5 } = await checksums(archive, (done) => onProgress({ stage: 'verify', done, total }));
    const known = knownArchives.find((entry) => entry.sha256 === sha256 || entry.md5 === md5);
    if (known === undefined) {
      throw new LfwArchiveError(
        archive,
        `sha256 ${sha256} is not that of a known LFW archive. Download it again, or pass verifyChecksum: false if you trust it.`,
      );
    }
    variant = known.variant;
    key = sha256.slice(0, 12);
  }
  const root = join(cacheDir, `lfw-${variant}-${key}`);
  if ((await stat(root).catch(() => undefined)) === undefined) {
    await unpackArchive(archive, root, (done) => onProgress({ stage: 'unpack', done, total }));
  }
  return { root, variant };
}

async function checksums(
  file: string,
  onBytes: (done: number) => void,
): Promise<{ sha256: string; md5: string }> {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let done = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) {
    sha256.update(chunk as Buffer);
    md5.update(chunk as Buffer);
    onBytes((done += (chunk as Buffer).length));
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex') };
}
