import { join, resolve } from 'node:path';
import { InvalidArgumentError } from '@ft/errors';
import { type Checksum, downloadFile } from './download-file.ts';
import type { LfwVariant } from './lfw-variant.ts';

export interface PrepareLfwOptions {
  /** The folder that gets the six lists and the archive; made where missing. */
  readonly dir: string;
  /** Default: `'deep-funneled'`. */
  readonly variant?: LfwVariant;
  /** Addresses of folders that hold the files under their own names, instead of the public ones. */
  readonly mirrors?: readonly string[];
  /** `file` is the name of the file under way; `total` is undefined where the server does not say. */
  readonly onProgress?: (progress: { file: string; done: number; total: number | undefined }) => void;
  readonly signal?: AbortSignal;
}

interface PublishedFile {
  readonly name: string;
  readonly checksum: Checksum;
  /** Number of the copy on figshare. */
  readonly figshare?: number;
}

const archives: Record<LfwVariant, PublishedFile> = {
  original: {
    name: 'lfw.tgz',
    checksum: { sha256: '055f7d9c632d7370e6fb4afc7468d40f970c34a80d4c6f50ffec63f5a8d536c0' },
    figshare: 5976018,
  },
  funneled: {
    name: 'lfw-funneled.tgz',
    checksum: { sha256: 'b47c8422c8cded889dc5a13418c4bc2abbda121092b3533a83306f90d900100a' },
    figshare: 5976015,
  },
  'deep-funneled': { name: 'lfw-deepfunneled.tgz', checksum: { md5: '68331da3eb755a505a502b5aacb3c201' } },
};

const lists: readonly PublishedFile[] = [
  {
    name: 'pairs.txt',
    checksum: { sha256: 'ea42330c62c92989f9d7c03237ed5d591365e89b3e649747777b70e692dc1592' },
    figshare: 5976006,
  },
  {
    name: 'pairsDevTrain.txt',
    checksum: { sha256: '1d454dada7dfeca0e7eab6f65dc4e97a6312d44cf142207be28d688be92aabfa' },
    figshare: 5976012,
  },
  {
    name: 'pairsDevTest.txt',
    checksum: { sha256: '7cb06600ea8b2814ac26e946201cdb304296262aad67d046a16a7ec85d0ff87c' },
    figshare: 5976009,
  },
  {
    name: 'people.txt',
    checksum: { sha256: 'bc8fa2b7f25c895cf7efb6de4f4fc27ca8b8d1cfa63350ad8b96eae2b198d365' },
  },
  {
    name: 'peopleDevTrain.txt',
    checksum: { sha256: '2e58df13ba4cc143189336e001cc2c195f1dfa5b29a6475c02857be353c2a2fa' },
  },
  {
    name: 'peopleDevTest.txt',
    checksum: { sha256: 'c3ed1f90499473401542101a56c14c1d82396bb8218c67a356d7460601047555' },
  },
];

/** Where LFW was first published. */
const publisher = 'http://vis-www.cs.umass.edu/lfw';
const archiveLimit = 400 * 2 ** 20;
const listLimit = 2 ** 20;

/**
 * Downloads the lists and the archive of LFW that are not yet in a folder, each checked against its published
 * checksum. Interrupted downloads go on where they stopped. Then {@link openLfw} opens the folder.
 *
 * LFW is for non-commercial research.
 *
 * @returns the folder's absolute path
 * @throws DownloadError where a file cannot be had from any address
 */
export async function prepareLfw(options: PrepareLfwOptions): Promise<string> {
  const { dir, variant = 'deep-funneled', mirrors, onProgress, signal } = options;
  const archive = archives[variant];
  if (archive === undefined) {
    throw new InvalidArgumentError({
      where: 'prepareLfw',
      argument: 'variant',
      expected: `one of ${Object.keys(archives).join(', ')}`,
      got: variant,
    });
  }
  const folder = resolve(dir);
  for (const file of [...lists, archive]) {
    await downloadFile({
      urls: addressesOf(file, mirrors),
      target: join(folder, file.name),
      checksum: file.checksum,
      maxBytes: file === archive ? archiveLimit : listLimit,
      ...(onProgress && {
        onProgress: (done: number, total: number | undefined) => onProgress({ file: file.name, done, total }),
      }),
      ...(signal && { signal }),
    });
  }
  return folder;
}

function addressesOf({ name, figshare }: PublishedFile, mirrors: readonly string[] | undefined): string[] {
  if (mirrors !== undefined) return mirrors.map((mirror) => `${mirror.replace(/\/+$/, '')}/${name}`);
  const copies = figshare === undefined ? [] : [`https://ndownloader.figshare.com/files/${figshare}`];
  return [...copies, `${publisher}/${name}`];
}
