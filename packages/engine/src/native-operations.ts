import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkAddon } from './check-addon.ts';
import { findCompiler } from './compile-addon.ts';
import { addonName, operationsName } from './engine-cache.ts';
import { runCommand } from './run-command.ts';
import { nodeApiHeaders } from './tfjs-node-package.ts';

/** This file and the package's bundle both lie one folder below the package's; a bundle elsewhere has no sources. */
export const operationsSources = fileURLToPath(new URL('../src/native-operations/', import.meta.url));

/**
 * Builds the engine's own operations beside an engine's addon, unless they are there or were not written for this
 * processor. Where they cannot be built the engine works without them.
 *
 * @param options.directory The engine's folder.
 */
export async function buildOperations(options: {
  directory: string;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { directory, env, signal } = options;
  const path = join(directory, operationsName);
  if (process.platform !== 'linux' || process.arch !== 'x64' || existsSync(path)) return;
  const scratch = mkdtempSync(join(tmpdir(), 'ft-operations-'));
  const built = `${path}.${process.pid}`;
  try {
    const [program, ...prefix] = (await findCompiler(env)).command as [string, ...string[]];
    const run = async (args: readonly string[]): Promise<void> => {
      const result = await runCommand(program, [...prefix, ...args], { env, signal });
      if (result?.code !== 0) throw new Error(result?.output ?? 'The compiler is gone.');
    };
    const compile = async (source: string, ...flags: string[]): Promise<string> => {
      const object = join(scratch, `${source}${flags.join('')}.o`);
      await run([
        ...'-std=c++17 -O3 -fno-trapping-math -fno-math-errno -fPIC -fvisibility=hidden -w -pthread -DNAPI_VERSION=8'.split(
          ' ',
        ),
        ...flags,
        `-I${nodeApiHeaders()}`,
        '-c',
        join(operationsSources, source),
        '-o',
        object,
      ]);
      return object;
    };
    const objects = await Promise.all([
      compile('operations.cc'),
      compile('parallel.cc'),
      compile('arithmetic.cc', '-mavx2', '-mfma'),
      compile('arithmetic.cc', '-mavx512f', '-mfma'),
    ]);
    const libraries = readdirSync(join(directory, 'lib'))
      .filter((name) => name.startsWith('libtensorflow'))
      .map((name) => join(directory, 'lib', name));
    const linking = ['-shared', '-pthread', '-Wl,--no-as-needed', '-Wl,-rpath,$ORIGIN/lib'];
    await run([...linking, '-o', built, ...objects, ...libraries]);
    await checkAddon(join(directory, addonName), built);
    renameSync(built, path);
  } catch {
    rmSync(built, { force: true });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
