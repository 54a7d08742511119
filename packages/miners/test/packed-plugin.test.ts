import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBatch } from '@ft/miner-test-kit';
import { createRandom } from '@ft/random';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { minerRegistry, runMiner } from '../src/index.ts';

const execute = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const example = join(repository, 'examples/ft-miner-example');
let project = '';
let installed = '';

/** A project far from this repository, with the packed example and one-file builds of what it depends on. */
beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'ft-packed-'));
  installed = join(project, 'node_modules/ft-miner-example');
  mkdirSync(installed, { recursive: true });
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', project], {
    cwd: example,
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await execute('tar', ['-xzf', join(project, filename), '--strip-components=1', '-C', installed]);
  writeFileSync(join(project, 'package.json'), '{ "dependencies": { "ft-miner-example": "*" } }');
  for (const name of ['miner-api', 'miner-test-kit']) {
    const directory = join(project, 'node_modules/@ft', name);
    await build({
      entry: { index: join(repository, 'packages', name, 'src/index.ts') },
      outDir: directory,
      format: 'esm',
      config: false,
      silent: true,
      noExternal: [/.*/],
      esbuildOptions: (options) => {
        options.conditions = ['@ft/source'];
      },
      outExtension: () => ({ js: '.mjs' }),
    });
    writeFileSync(
      join(directory, 'package.json'),
      JSON.stringify({ name: `@ft/${name}`, exports: './index.mjs' }),
    );
  }
}, 60_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

test('the packed example is found, enabled and mines, with its own copy of the contract', async () => {
  const registry = minerRegistry({ directory: project, enabled: ['ft-miner-example'] });
  expect(registry.problems).toEqual([]);
  const miner = await registry.create('quantile-negative', { quantile: 0 });
  const batch = createBatch({
    embeddings: [
      [1, 0],
      [1, 0.1],
      [0, 1],
      [1, 1],
    ],
    labels: [7, 7, 8, 9],
  });
  const context = { random: createRandom(1), step: 0, epoch: 0, signal: new AbortController().signal };
  expect([...runMiner(miner, batch, context).anchors]).toEqual([0, 1]);
});

test('the example passes the conformance suite under the test runner of Node', async () => {
  cpSync(join(example, 'index.test.js'), join(installed, 'index.test.js'));
  const { stdout } = await execute('node', ['--test'], { cwd: installed });
  expect(stdout).toMatch(/# fail 0/);
  expect(Number(/# pass (\d+)/.exec(stdout)![1])).toBeGreaterThan(12);
});
