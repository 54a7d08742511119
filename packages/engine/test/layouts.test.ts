import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installedEngines } from '../src/engine-cache.ts';
import { fakeCompiler } from './fake-tools.ts';
import { writeWheel } from './fake-wheel.ts';

// Where the packages lie once somebody has installed them with a package manager of theirs. It asks the npm registry
// for them, some 300 MB in all: FT_TEST_LAYOUTS=all pnpm exec vitest run --project @ft/engine layouts
const wanted = process.env['FT_TEST_LAYOUTS'];
const execute = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));

interface Layout {
  readonly command: readonly [string, ...string[]];
  /** Files of the project beside its package.json. */
  readonly files?: Readonly<Record<string, string>>;
  /** How a program is run in it. */
  readonly node?: readonly [string, ...string[]];
}

const YARN = ['yarn-berry', 'install'] as const;
/** TensorFlow.js loads packages that it does not declare, which PnP alone refuses. */
const undeclared = `packageExtensions:
  '@tensorflow/tfjs@*': { dependencies: { long: '*' } }
`;
const berry = (linker: string): Layout => ({
  command: YARN,
  files: {
    '.yarnrc.yml': `nodeLinker: ${linker}\nenableScripts: false\nenableTelemetry: false\n${linker === 'pnp' ? undeclared : ''}`,
    'yarn.lock': '',
  },
  ...(linker === 'pnp' ? { node: ['yarn-berry', 'node'] } : {}),
});
const npm = ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'] as const;
const pnpm = ['pnpm', 'install', '--ignore-scripts', '--ignore-workspace', '--prefer-offline'] as const;
const layouts: Readonly<Record<string, Layout>> = {
  npm: { command: npm },
  'npm nested': { command: [...npm, '--install-strategy=nested'] },
  'npm linked': { command: [...npm, '--install-strategy=linked'] },
  pnpm: { command: pnpm },
  'pnpm hoisted': { command: [...pnpm, '--config.node-linker=hoisted'] },
  'yarn classic': { command: ['yarn-classic', 'install', '--ignore-scripts', '--non-interactive'] },
  'yarn node-modules': berry('node-modules'),
  'yarn pnpm': berry('pnpm'),
  'yarn pnp': berry('pnp'),
};

/** What a user's program does: install with a compiler that looks at what it is given, and load a real engine. */
const program = `import { installEngine, selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
const env = { ...process.env, FT_CACHE_DIR: process.env.FAKE_CACHE, CXX: process.env.FAKE_CXX };
const { isNew, manifest } = await installEngine({ from: process.env.FAKE_WHEEL, env });
const { tf: own, name } = await selectEngine();
const [product] = tf.tidy(() => tf.matMul(tf.tensor2d([[2]]), tf.tensor2d([[3]])).dataSync());
console.log(JSON.stringify({ isNew, tfjs: manifest.tfjs, name, product, isOne: own === tf || own.engine() === tf.engine() }));
`;

let home = '';
let dependencies: Record<string, string> = {};
let env: NodeJS.ProcessEnv = {};

describe.runIf(wanted !== undefined)('an engine is installed and loaded in the layout of', () => {
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'ft-layouts-'));
    const pack = ['--filter-prod', '@ft/engine...', 'pack', '--json', '--pack-destination', home];
    const { stdout } = await execute('pnpm', pack, { cwd: repository, maxBuffer: 1 << 26 });
    const packed = JSON.parse(stdout) as { name: string; filename: string }[];
    dependencies = Object.fromEntries(packed.map(({ name, filename }) => [name, `file:${filename}`]));
    const { version } = JSON.parse(
      await readFile(
        join(repository, 'packages/engine/node_modules/@tensorflow/tfjs-core/package.json'),
        'utf8',
      ),
    ) as { version: string };
    dependencies['@tensorflow/tfjs-core'] = version;

    const tools = join(home, 'tools');
    await mkdir(join(tools, 'bin'), { recursive: true });
    await writeFile(join(tools, 'package.json'), '{"private": true}');
    const yarns = ['yarn-classic@npm:yarn@1', 'yarn-berry@npm:@yarnpkg/cli-dist@4'];
    await execute('npm', [...npm.slice(1), ...yarns], { cwd: tools });
    for (const [name, path] of [
      ['yarn-classic', 'bin/yarn.js'],
      ['yarn-berry', 'bin/yarn.js'],
    ] as const) {
      const file = join(tools, 'bin', name);
      const script = join(tools, 'node_modules', name, path);
      await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`, { mode: 0o755 });
    }
    // It refuses sources and folders of headers that are no files on the disk.
    const before = `for argument; do case $argument in
*.cc) [ -f "$argument" ] || { echo "error: no file $argument"; exit 1; } ;;
-I*) [ -d "\${argument#-I}" ] || { echo "error: no folder $argument"; exit 1; } ;;
esac; done`;
    env = {
      ...process.env,
      PATH: [join(tools, 'bin'), process.env['PATH']].join(delimiter),
      NODE_OPTIONS: '',
      FAKE_CXX: fakeCompiler(join(home, 'fake'), { before }),
      FAKE_WHEEL: writeWheel(home),
    };
  }, 300_000);
  afterAll(() => rm(home, { recursive: true, force: true }));

  test.each(Object.keys(layouts).filter((name) => wanted === 'all' || wanted?.split(',').includes(name)))(
    '%s',
    async (name) => {
      const { command, files = {}, node = [process.execPath] } = layouts[name]!;
      const project = join(home, name.replace(' ', '-'));
      await mkdir(project);
      // The packages need one another: none of them is looked for at the registry.
      const ours = Object.fromEntries(Object.entries(dependencies).filter(([key]) => key.startsWith('@ft/')));
      const manifest = {
        private: true,
        type: 'module',
        dependencies,
        overrides: ours,
        resolutions: ours,
        pnpm: { overrides: ours },
      };
      await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
      await writeFile(join(project, 'main.js'), program);
      for (const [file, text] of Object.entries(files)) await writeFile(join(project, file), text);
      const run = async ([tool, ...args]: readonly [string, ...string[]]): Promise<string> => {
        const { stdout } = await execute(tool, args, {
          cwd: project,
          env: { ...env, FAKE_CACHE: join(project, 'cache') },
          maxBuffer: 1 << 26,
        }).catch((error: Error & { stdout: string; stderr: string }) => {
          throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
        });
        return stdout;
      };
      await run(command);
      const installed = (await installedEngines()).length > 0;
      const told = JSON.parse(
        (await run([...node, 'main.js'] as [string, ...string[]])).trim().split('\n').at(-1)!,
      );
      expect(told).toEqual({
        isNew: true,
        tfjs: expect.stringMatching(/^\d/),
        name: expect.stringMatching(installed ? /^tensorflow/ : /^wasm$/),
        product: 6,
        isOne: true,
      });
    },
    300_000,
  );
});
