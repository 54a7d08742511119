import { basename, join } from 'node:path';
import { downloadFile, fetchJson } from './download-file.ts';
import { DownloadError } from './engine-errors.ts';
import type { TensorFlowRelease } from './tensorflow-release.ts';

interface ReleaseFile {
  readonly filename: string;
  readonly url: string;
  readonly digests: { readonly sha256: string };
}

/**
 * Downloads a release's wheel from PyPI, without pip. The digest that its JSON API states is checked.
 *
 * @param directory An existing folder for the wheel.
 * @param options.index Address of the index.
 * @returns The wheel's path and digest.
 * @throws DownloadError, ChecksumError
 */
export async function pypiDownload(
  release: TensorFlowRelease,
  directory: string,
  options: {
    index?: string;
    onBytes?: (done: number, total: number | undefined) => void;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<{ file: string; sha256: string }> {
  const url = `${options.index ?? 'https://pypi.org'}/pypi/${release.project}/${release.version}/json`;
  const { urls } = (await fetchJson(url, options.signal)) as { urls?: ReleaseFile[] };
  const files = (urls ?? []).filter(({ filename }) => filename.endsWith('.whl'));
  const found = release.platforms
    .map((platform) => files.find(({ filename }) => filename.includes(platform)))
    .find((file) => file !== undefined);
  if (found === undefined) {
    throw new DownloadError(`${url} lists no wheel for ${release.platforms.join(' or ')}.`);
  }
  const file = join(directory, basename(found.filename));
  await downloadFile(found.url, file, { ...options, sha256: found.digests.sha256 });
  return { file, sha256: found.digests.sha256 };
}
