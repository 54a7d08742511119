import { UnsupportedPlatformError, UnsuitableWheelError } from './engine-errors.ts';
import type { Wheel } from './wheel.ts';

/** A TensorFlow wheel to ask an index for. */
export interface TensorFlowRelease {
  /** Project name at the index. */
  readonly project: string;
  readonly version: string;
  /** Platform tags, best first. */
  readonly platforms: readonly string[];
}

const version = '2.21.0';
const oldest = [2, 12] as const;

/** SHA-256 of wheels whose published digest is known beforehand. */
const knownDigests: Readonly<Record<string, string>> = {
  'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl':
    '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
};

/** The published SHA-256 of a wheel, by its file name, where this package knows it. */
export function knownDigest(fileName: string): string | undefined {
  return knownDigests[fileName];
}

/**
 * The release that is installed where the user names none.
 *
 * @throws UnsupportedPlatformError
 */
export function tensorFlowRelease(variant: 'cpu' | 'gpu' = 'cpu'): TensorFlowRelease {
  const machine = requireSupportedPlatform();
  if (variant === 'gpu' && machine !== 'x86_64') {
    throw new UnsupportedPlatformError(
      'TensorFlow publishes wheels for NVIDIA GPUs for Linux x64 only. Install the engine without a GPU here.',
    );
  }
  return {
    project: machine === 'x86_64' && variant === 'cpu' ? 'tensorflow-cpu' : 'tensorflow',
    version,
    platforms: platformTags(machine),
  };
}

/** The platform tags of wheels that run here, newest C library first. */
function platformTags(machine: 'x86_64' | 'aarch64'): string[] {
  const minor = Number(glibcVersion()?.split('.')[1] ?? 17);
  const tags = [];
  for (let m = Math.min(minor, 40); m >= 17; m--) tags.push(`manylinux_2_${m}_${machine}`);
  return [...tags, `manylinux2014_${machine}`];
}

/** Machine name as in platform tags, on the platforms that TensorFlow's Linux wheels run on. */
function requireSupportedPlatform(): 'x86_64' | 'aarch64' {
  const { platform, arch } = process;
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) {
    throw new UnsupportedPlatformError(
      `The native engine can be installed on Linux x64 and arm64, not on ${platform} ${arch}. ` +
        "Where tfjs-node's own installation works (npm rebuild @tensorflow/tfjs-node), that one is used; " +
        'otherwise the wasm engine is.',
    );
  }
  if (glibcVersion() === undefined) {
    throw new UnsupportedPlatformError(
      'TensorFlow needs the GNU C library, and this system has another one (musl, as on Alpine). ' +
        'Use a glibc-based system such as Debian for the native engine, or the wasm engine here.',
    );
  }
  return arch === 'x64' ? 'x86_64' : 'aarch64';
}

/**
 * Refuses a wheel that cannot work here.
 *
 * @returns Whether it is a GPU build.
 * @throws UnsuitableWheelError, UnsupportedPlatformError
 */
export function checkWheel(wheel: Wheel): 'cpu' | 'gpu' {
  const machine = requireSupportedPlatform();
  const refuse = (why: string): UnsuitableWheelError => {
    const { project, version: wanted } = tensorFlowRelease();
    return new UnsuitableWheelError(
      `${wheel.file} ${why}. Use the wheel of ${project} ${wanted} for Linux ${machine}.`,
    );
  };
  if (!/^tensorflow(-cpu|-cpu-aws|-gpu)?$/.test(wheel.name)) {
    throw refuse(`is the package ${wheel.name}, not TensorFlow`);
  }
  const [major = 0, minor = 0] = wheel.version.split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw refuse(`holds TensorFlow ${wheel.version}, and ${oldest.join('.')} is the oldest that works`);
  }
  const platforms = wheel.tags.map((tag) => tag.split('-')[2] ?? tag);
  const here = platforms.filter((tag) => tag.startsWith('manylinux') && tag.endsWith(`_${machine}`));
  if (here.length === 0) {
    throw refuse(`is for ${platforms.join(', ') || 'no platform'}, and this machine is Linux ${machine}`);
  }
  const [haveMajor = 0, haveMinor = 0] = (glibcVersion() ?? '').split('.').map(Number);
  const needs = here.map((tag) => /^manylinux_(\d+)_(\d+)_/.exec(tag)).find((match) => match !== null);
  const [needMajor, needMinor] = needs ? [Number(needs[1]), Number(needs[2])] : [2, 17];
  if (haveMajor < needMajor || (haveMajor === needMajor && haveMinor < needMinor)) {
    throw refuse(`needs glibc ${needMajor}.${needMinor}, and this system has ${haveMajor}.${haveMinor}`);
  }
  return machine === 'x86_64' && !wheel.name.startsWith('tensorflow-cpu') ? 'gpu' : 'cpu';
}

/** Version of the GNU C library that Node runs on, or undefined where it is another library. */
export function glibcVersion(): string | undefined {
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return report.header.glibcVersionRuntime;
}
