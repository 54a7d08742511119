import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { installedEngines } from '../src/engine-cache.ts';
import { fakeCompiler } from './fake-tools.ts';
import { writeWheel } from './fake-wheel.ts';

const execute = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** What a user's program does: install with a compiler that looks at what it is given, and load a real engine. */
const program = `import { installEngine, selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
const env = { ...process.env, FT_CACHE_DIR: process.env.FAKE_CACHE, CXX: process.env.FAKE_CXX };
const { isNew, manifest } = await installEngine({ from: process.env.FAKE_WHEEL, env });
const { tf: own, name } = await selectEngine();
const [product] = tf.tidy(() => tf.matMul(tf.tensor2d([[2]]), tf.tensor2d([[3]])).dataSync());
console.log(JSON.stringify({ isNew, tfjs: manifest.tfjs, name, product, isOne: own.engine() === tf.engine() }));
`;

/** What that program must say. */
export async function expectedOutcome(): Promise<Record<string, unknown>> {
  const name = (await installedEngines()).length > 0 ? /^tensorflow/ : /^wasm$/;
  return { isNew: true, tfjs: '4.22.0', name: expect.stringMatching(name), product: 6, isOne: true };
}

/** Packs the engine and the packages that it needs, as they are published: the archive of each, by name. */
export async function packEngine(directory: string): Promise<Record<string, string>> {
  const pack = ['--filter-prod', '@ft/engine...', 'pack', '--json', '--pack-destination', directory];
  const { stdout } = await execute('pnpm', pack, { cwd: repository, maxBuffer: 1 << 26 });
  const packed = JSON.parse(stdout) as { name: string; filename: string }[];
  return Object.fromEntries(packed.map(({ name, filename }) => [name, filename]));
}

/** Writes the program into a project and runs it there. */
export async function runProgram(
  project: string,
  options: { node?: readonly [string, ...string[]]; env?: NodeJS.ProcessEnv } = {},
): Promise<unknown> {
  await writeFile(join(project, 'main.js'), program);
  // It refuses sources and folders of headers that are not on the disk.
  const before = `for argument; do case $argument in
*.cc) [ -f "$argument" ] || { echo "error: no file $argument"; exit 1; } ;;
-I*) [ -d "\${argument#-I}" ] || { echo "error: no folder $argument"; exit 1; } ;;
esac; done`;
  const env = {
    ...(options.env ?? process.env),
    NODE_OPTIONS: '',
    FAKE_CACHE: join(project, 'cache'),
    FAKE_CXX: fakeCompiler(join(project, 'fake'), { before }),
    FAKE_WHEEL: writeWheel(project),
  };
  const [command, ...args] = options.node ?? [process.execPath];
  const stdout = await runIn(project, [command, ...args, 'main.js'], env);
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

/** Runs a command in a folder; what it printed is part of its failure. */
export async function runIn(
  folder: string,
  [command, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): Promise<string> {
  try {
    return (await execute(command, args, { cwd: folder, env, maxBuffer: 1 << 26 })).stdout;
  } catch (error) {
    const { message, stdout, stderr } = error as Error & { stdout: string; stderr: string };
    throw new Error(`${message}\n${stdout}\n${stderr}`, { cause: error });
  }
}
