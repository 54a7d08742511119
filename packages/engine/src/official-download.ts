import { mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { downloadFile } from './download-file.ts';
import { DownloadError } from './engine-errors.ts';
import type { OnProgress } from './install-progress.ts';
import { officialRelease, officialTensorFlow } from './official-release.ts';
import { sha256File } from './sha256-file.ts';

/** An archive of the official binary, in the folder for downloads. */
export interface OfficialArchive {
  /** Where it comes from. */
  readonly url: string;
  readonly path: string;
  readonly sha256: string;
}

/** The official binary as it was downloaded. */
export interface OfficialSource {
  readonly kind: 'official';
  readonly variant: 'cpu' | 'gpu';
  readonly library: OfficialArchive;
  readonly addon: OfficialArchive;
}

/**
 * Downloads the official libtensorflow and the official addon of tfjs-node, or finds them in the folder.
 *
 * Nobody publishes digests of them: what is known is their length, which the server states, and the checksum inside
 * the gzip format, which unpacking compares.
 *
 * @param directory The folder for downloads.
 * @throws UnsupportedPlatformError; DownloadError with the way out
 */
export async function officialDownload(
  directory: string,
  options: {
    variant: 'cpu' | 'gpu';
    env: NodeJS.ProcessEnv;
    onProgress?: OnProgress | undefined;
    signal?: AbortSignal | undefined;
  },
): Promise<OfficialSource> {
  const { variant, env, onProgress, signal } = options;
  const release = officialRelease(variant, env['TFJS_NODE_CDN_STORAGE'] || undefined);
  await mkdir(directory, { recursive: true });
  const fetched = async (url: string, text: string): Promise<OfficialArchive> => {
    const path = join(directory, basename(url));
    const isPresent = await stat(path).then(
      () => true,
      () => false,
    );
    if (!isPresent) {
      onProgress?.({ step: 'download', text });
      const onBytes = (done: number, total: number | undefined): void =>
        onProgress?.({ step: 'download', text, done, ...(total === undefined ? {} : { total }) });
      await downloadFile(url, path, { onBytes, signal });
    }
    return { url, path, sha256: await sha256File(path) };
  };
  try {
    return {
      kind: 'official',
      variant,
      // The small one first: what is amiss shows before hundreds of megabytes have come.
      addon: await fetched(release.addon, 'Fetching the official addon of tfjs-node'),
      library: await fetched(release.library, `Fetching the official libtensorflow ${officialTensorFlow}`),
    };
  } catch (error) {
    if (!DownloadError.isInstance(error)) throw error;
    throw new DownloadError(
      `The official tfjs-node binary could not be had: ${error.message} Name a mirror in TFJS_NODE_CDN_STORAGE, or ` +
        `put ${basename(release.addon)} and ${basename(release.library)} into ${directory}, or install without ` +
        '`official`, which takes TensorFlow from pip, PyPI or a wheel (FT_TF_WHEEL).',
      { cause: error },
    );
  }
}
