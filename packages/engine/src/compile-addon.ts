import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CompileError, NoCompilerError } from './engine-errors.ts';
import { addonName, loaderName } from './engine-cache.ts';
import { loaderAddonSource } from './loader-addon.ts';
import { runCommand } from './run-command.ts';
import { nodeApiHeaders, tfjsNodeDirectory } from './tfjs-node-package.ts';

/** A C++ compiler that answers. */
export interface Compiler {
  readonly command: readonly string[];
  /** First line of `--version`. */
  readonly version: string;
}

/**
 * The C++ compiler: `CXX` where it is set, else the first of c++, g++ and clang++ that answers.
 *
 * @throws NoCompilerError
 */
export async function findCompiler(env: NodeJS.ProcessEnv = process.env): Promise<Compiler> {
  const named = env['CXX']?.trim();
  const candidates = named ? [named.split(/\s+/)] : [['c++'], ['g++'], ['clang++']];
  for (const command of candidates) {
    const [program, ...args] = command as [string, ...string[]];
    const result = await runCommand(program, [...args, '--version'], { env });
    if (result?.code === 0) return { command, version: result.output.split('\n', 1)[0]!.trim() };
  }
  throw new NoCompilerError(
    `No C++ compiler answers (tried ${candidates.map((command) => command.join(' ')).join(', ')}). ` +
      'Install one (Debian and Ubuntu: apt-get install g++; Fedora: dnf install gcc-c++; Alpine is not ' +
      'supported) or name it in the environment variable CXX.',
  );
}

/**
 * Builds tfjs-node's addon in `directory`, to be loaded beside `directory/lib`, and the loader addon.
 *
 * The libraries need not be there yet: the addon is linked against empty ones of the same names, which
 * takes milliseconds, whereas reading the symbols of libtensorflow_cc takes seconds.
 *
 * @param options.include The folder of TensorFlow's headers.
 * @param options.libraries The names of the libraries that define TensorFlow's C API.
 * @param options.directory Where the addons go. Its folder `scratch` takes the objects.
 * @throws CompileError
 */
export async function compileAddon(options: {
  compiler: Compiler;
  include: string;
  libraries: readonly string[];
  directory: string;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { include, libraries, directory } = options;
  const { compile, link, run } = toolchain(options);
  const stub = async (name: string): Promise<string> => {
    const library = join(directory, 'scratch', name);
    await run(['-shared', '-nostdlib', `-Wl,-soname,${name}`, '-o', library, '-x', 'c++', '/dev/null']);
    return library;
  };
  const binding = join(tfjsNodeDirectory(), 'binding');
  const inputs = await Promise.all([
    compile(join(binding, 'tfjs_backend.cc'), include),
    compile(join(binding, 'tfjs_binding.cc'), include),
    ...libraries.map(stub),
  ]);
  await link(addonName, inputs);
  await compileLoader(options);
}

/** How a compiler is called for an engine. */
interface Toolchain {
  readonly compiler: Compiler;
  /** The engine's folder. Its folder `scratch` takes the objects. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds the loader addon in an engine's folder.
 *
 * @throws CompileError
 */
export async function compileLoader(options: Toolchain): Promise<void> {
  const { compile, link } = toolchain(options);
  const source = join(options.directory, 'scratch', 'loader.cc');
  await writeFile(source, loaderAddonSource);
  await link(loaderName, [await compile(source), '-ldl']);
}

function toolchain({ compiler, directory, env, signal }: Toolchain): {
  run: (args: readonly string[]) => Promise<void>;
  compile: (source: string, include?: string) => Promise<string>;
  link: (name: string, inputs: readonly string[]) => Promise<void>;
} {
  const [program, ...prefix] = compiler.command as [string, ...string[]];
  const run = async (args: readonly string[]): Promise<void> => {
    const result = await runCommand(program, [...prefix, ...args], { env, signal });
    if (result?.code === 0) return;
    const errors = (result?.output ?? '').split('\n').filter((line) => /error|cannot|undefined/i.test(line));
    throw new CompileError(
      `${compiler.version} could not build the TensorFlow.js addon: ` +
        `${errors[0] ?? result?.output.slice(0, 300) ?? 'it is gone'}. A compiler with C++17 is needed ` +
        '(g++ 8, clang 7 or newer); name another one in the environment variable CXX.',
    );
  };

  const compile = async (source: string, include?: string): Promise<string> => {
    const object = join(directory, 'scratch', `${basename(source)}.o`);
    await run([
      ...'-std=c++17 -O2 -fPIC -fvisibility=hidden -w -DNAPI_VERSION=8 -DBUILDING_NODE_EXTENSION'.split(' '),
      `-I${nodeApiHeaders()}`,
      ...(include === undefined ? [] : [`-I${include}`]),
      '-c',
      source,
      '-o',
      object,
    ]);
    return object;
  };
  const link = (name: string, inputs: readonly string[]): Promise<void> =>
    run(['-shared', '-o', join(directory, name), '-Wl,--no-as-needed', ...inputs, '-Wl,-rpath,$ORIGIN/lib']);
  return { run, compile, link };
}
