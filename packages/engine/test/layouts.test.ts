import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectedOutcome, packEngine, runIn, runProgram } from './user-project.ts';

// Where the packages lie once somebody has installed them with a package manager of theirs. It asks the npm registry
// for them, some 300 MB in all: FT_TEST_LAYOUTS=all pnpm exec vitest run --project @ft/engine layouts
const wanted = process.env['FT_TEST_LAYOUTS'];
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

let home = '';
let dependencies: Record<string, string> = {};
let env: NodeJS.ProcessEnv = {};

describe.runIf(wanted !== undefined)('an engine is installed and loaded in the layout of', () => {
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'ft-layouts-'));
    const archives = await packEngine(home);
    dependencies = Object.fromEntries(Object.entries(archives).map(([name, file]) => [name, `file:${file}`]));
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
    await runIn(tools, [...npm, ...yarns], process.env);
    for (const [name, path] of [
      ['yarn-classic', 'bin/yarn.js'],
      ['yarn-berry', 'bin/yarn.js'],
    ] as const) {
      const file = join(tools, 'bin', name);
      const script = join(tools, 'node_modules', name, path);
      await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`, { mode: 0o755 });
    }
    env = { ...process.env, PATH: [join(tools, 'bin'), process.env['PATH']].join(delimiter) };
  }, 300_000);
  afterAll(() => rm(home, { recursive: true, force: true }));

  test.each(Object.keys(layouts).filter((name) => wanted === 'all' || wanted?.split(',').includes(name)))(
    '%s',
    async (name) => {
      const { command, files = {}, node } = layouts[name]!;
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
      for (const [file, text] of Object.entries(files)) await writeFile(join(project, file), text);
      await runIn(project, command, env);
      expect(await runProgram(project, { env, ...(node && { node }) })).toEqual(await expectedOutcome());
    },
    300_000,
  );
});
