import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'tar';
import { addonSource, realCompiler } from './fake-tools.ts';

/** Archives that look like the official ones: tiny libraries, and an addon that needs them to say its version. */
export interface FakeOfficial {
  readonly library: Buffer;
  readonly addon: Buffer;
}

/**
 * Builds both archives in a folder.
 *
 * @param options.version What the library says TensorFlow's version is.
 * @param options.runpath Where the addon looks for its libraries.
 */
export async function fakeOfficial(
  directory: string,
  options: { version?: string; runpath?: string; body?: string } = {},
): Promise<FakeOfficial> {
  const { version = '2.9.1', runpath = '$ORIGIN/../../deps/lib', body = '' } = options;
  const lib = join(directory, 'library/lib');
  const folder = join(directory, 'addon/napi-v8');
  for (const path of [lib, join(directory, 'library/include'), folder]) mkdirSync(path, { recursive: true });
  const compile = (code: string, output: string, ...more: string[]): void => {
    const source = join(directory, 'code.c');
    writeFileSync(source, code);
    execFileSync(realCompiler, [
      '-x',
      'c',
      '-shared',
      '-fPIC',
      '-w',
      '-o',
      output,
      source,
      '-x',
      'none',
      ...more,
    ]);
  };
  for (const [name, code] of [
    ['libtensorflow', `const char* TF_Version(void) { return "${version}"; }`],
    ['libtensorflow_framework', 'int TF_Framework(void) { return 1; }'],
  ] as const) {
    compile(code, join(lib, `${name}.so.2.9.1`), `-Wl,-soname,${name}.so.2`);
    symlinkSync(`${name}.so.2.9.1`, join(lib, `${name}.so.2`));
    symlinkSync(`${name}.so.2`, join(lib, `${name}.so`));
  }
  compile(
    `const char* TF_Version(void);\n${addonSource({ version: 'TF_Version()', body })}`,
    join(folder, 'tfjs_binding.node'),
    `-L${lib}`,
    '-Wl,--no-as-needed',
    '-ltensorflow',
    '-ltensorflow_framework',
    `-Wl,-rpath,${runpath}`,
  );
  const pack = async (name: string, ...paths: string[]): Promise<Buffer> => {
    const file = join(directory, `${name}.tar.gz`);
    await create({ file, gzip: true, cwd: join(directory, name) }, paths);
    return readFileSync(file);
  };
  return {
    library: await pack('library', './include', './lib'),
    addon: await pack('addon', 'napi-v8/tfjs_binding.node'),
  };
}
