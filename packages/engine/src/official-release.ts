import { UnsupportedPlatformError } from './engine-errors.ts';
import { glibcVersion } from './tensorflow-release.ts';
import { tfjsNodeVersion } from './tfjs-node-package.ts';

/** The TensorFlow that tfjs-node 4.22 downloads for itself. */
export const officialTensorFlow = '2.9.1';

/** The two archives that tfjs-node's own installation downloads. */
export interface OfficialRelease {
  /** Address of libtensorflow, with its folders `lib` and `include`. */
  readonly library: string;
  /** Address of the compiled addon, `napi-v8/tfjs_binding.node`. */
  readonly addon: string;
}

/**
 * Where the official binaries for this machine are.
 *
 * @param storage The server; the variable `TFJS_NODE_CDN_STORAGE` names a mirror of it, as for tfjs-node's own script.
 * @throws UnsupportedPlatformError on anything but Linux x64 with glibc: the published addon for Linux is of that
 *   processor, and other systems have tfjs-node's own script.
 */
export function officialRelease(
  variant: 'cpu' | 'gpu',
  storage = 'https://storage.googleapis.com/',
): OfficialRelease {
  const { platform, arch } = process;
  const isGlibc = glibcVersion() !== undefined;
  if (platform !== 'linux' || arch !== 'x64' || !isGlibc) {
    const remedy =
      platform !== 'linux'
        ? 'Its own installation (npm rebuild @tensorflow/tfjs-node) serves this system, and what it makes is used.'
        : isGlibc && arch === 'arm64'
          ? 'Install the engine without `official`, which compiles the addon.'
          : 'The wasm engine works here.';
    throw new UnsupportedPlatformError(
      `The official tfjs-node binary is installed on Linux x64 with the GNU C library, and this is ${platform} ${arch}` +
        `${isGlibc || platform !== 'linux' ? '' : ' with another C library'}. ${remedy}`,
    );
  }
  const base = storage.endsWith('/') ? storage : `${storage}/`;
  const tfjs = tfjsNodeVersion();
  return {
    library: `${base}tensorflow/libtensorflow/libtensorflow-${variant}-linux-x86_64-${officialTensorFlow}.tar.gz`,
    // Node-API 8 is the newest that tfjs-node's package.json lists; every Node that is supported here offers it.
    addon: `${base}tf-builds/pre-built-binary/napi-v8/${tfjs}/${variant.toUpperCase()}-linux-${tfjs}.tar.gz`,
  };
}
