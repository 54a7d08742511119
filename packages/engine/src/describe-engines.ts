import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, release, totalmem } from 'node:os';
import { findCompiler } from './compile-addon.ts';
import { cacheDirectory, installedEngines } from './engine-cache.ts';
import type { Engine, RefusedEngine } from './engine.ts';
import { runCommand } from './run-command.ts';
import { selectEngine, type SelectOptions } from './select-engine.ts';
import { selfTest, type SelfTest } from './self-test.ts';
import { glibcVersion } from './tensorflow-release.ts';

/** Everything a report of trouble with the engine needs. It can be written as JSON. */
export interface EngineReport {
  readonly system: {
    readonly platform: string;
    readonly release: string;
    readonly arch: string;
    readonly glibc: string | null;
  };
  readonly cpu: { readonly model: string; readonly threads: number; readonly features: readonly string[] };
  /** In bytes. */
  readonly memory: { readonly total: number; readonly free: number };
  /** Name and driver version of each NVIDIA GPU that `nvidia-smi` lists. */
  readonly gpus: readonly string[];
  readonly node: string;
  /** First line of the C++ compiler's `--version`, or null where there is none. */
  readonly compiler: string | null;
  readonly cacheDirectory: string;
  /** The engines in the cache. */
  readonly installed: readonly {
    readonly directory: string;
    readonly tensorflow: string;
    readonly variant: 'cpu' | 'gpu';
    readonly source: string;
  }[];
  /** The variables that change what the engine does, where they are set. */
  readonly environment: Readonly<Record<string, string>>;
  readonly engine: Pick<Engine, 'name' | 'version' | 'device' | 'capabilities'>;
  readonly refused: readonly RefusedEngine[];
  readonly selfTest: SelfTest;
}

/** The instruction sets that TensorFlow and the wasm backend choose their code by. */
const features = [
  'sse4_1',
  'avx',
  'avx2',
  'fma',
  'avx512f',
  'avx512_vnni',
  'avx512_bf16',
  'amx_tile',
  'asimd',
  'sve',
];
const variables =
  /^(FT_(CACHE_DIR|TF_WHEEL|TF_DIR|ALLOW_SOFTWARE_ADAPTER)|CXX|CUDA_VISIBLE_DEVICES|LD_LIBRARY_PATH|OMP_NUM_THREADS|NODE_OPTIONS|(TF|VK)_\w+)$/;

/**
 * Describes this machine, its engines and the one in use, and tests that one for about a second.
 *
 * The engine is loaded and made the current backend, as `selectEngine` does with the same options.
 *
 * @throws EngineUnavailableError where no engine works, or not the one that is required.
 */
export async function describeEngines(options: SelectOptions = {}): Promise<EngineReport> {
  const { name, version, device, capabilities, refused, tf } = await selectEngine(options);
  const compiler = await findCompiler().catch(() => undefined);
  return {
    system: {
      platform: process.platform,
      release: release(),
      arch: process.arch,
      glibc: glibcVersion() ?? null,
    },
    cpu: {
      model: cpus()[0]?.model.trim() ?? 'unknown',
      threads: availableParallelism(),
      features: await cpuFeatures(),
    },
    memory: { total: totalmem(), free: freemem() },
    gpus: await listGpus(),
    node: process.version,
    compiler: compiler?.version ?? null,
    cacheDirectory: cacheDirectory(),
    installed: (await installedEngines()).map(({ directory, manifest }) => ({
      directory,
      tensorflow: manifest.tensorflow,
      variant: manifest.variant,
      source: manifest.source.name,
    })),
    environment: Object.fromEntries(
      Object.entries(process.env).filter((entry): entry is [string, string] => variables.test(entry[0])),
    ),
    engine: { name, version, device, capabilities },
    refused,
    selfTest: await selfTest(tf),
  };
}

async function cpuFeatures(): Promise<string[]> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/));
  return features.filter((feature) => flags.has(feature));
}

async function listGpus(): Promise<string[]> {
  const result = await runCommand('nvidia-smi', [
    '--query-gpu=name,driver_version,memory.total',
    '--format=csv,noheader',
  ]);
  return result?.code === 0 ? result.output.trim().split('\n') : [];
}
