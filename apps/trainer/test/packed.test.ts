import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventsOf } from './run-ft.ts';

// What somebody does who has never seen this repository, with the packages as they are published.
const execute = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const UNREACHABLE = /E(?:AI_AGAIN|NOTFOUND|CONNREFUSED|CONNRESET|TIMEDOUT|HOSTUNREACH|NETUNREACH)\b/;
let home = '';
let problem = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-packed-'));
  const pack = ['--filter-prod', '@ft/trainer...', 'pack', '--json', '--pack-destination', home];
  const { stdout } = await execute('pnpm', pack, { cwd: repository, maxBuffer: 1 << 26 });
  const packed = JSON.parse(stdout) as { name: string; filename: string }[];
  const dependencies = Object.fromEntries(packed.map(({ name, filename }) => [name, `file:${filename}`]));
  await writeFile(join(home, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await execute('npm', install, { cwd: home }).catch((error: { stderr: string }) => {
    if (!UNREACHABLE.test(error.stderr)) throw error;
    problem = 'the npm registry cannot be reached';
  });
}, 300_000);
afterAll(() => rm(home, { recursive: true }));

const npxFt = (...args: string[]) =>
  execute('npx', ['--no-install', 'ft', ...args], { cwd: home, maxBuffer: 1 << 26 });

test('npx runs the packed command in an empty folder', async (context) => {
  if (problem !== '') context.skip(problem);
  expect((await npxFt('--help')).stdout).toMatch(/Usage: ft \[options\] \[command\]/);
  expect((await npxFt('doctor')).stdout).toMatch(/^Engine +(tensorflow|wasm)/);
  expect((await npxFt('recipes')).stdout).toMatch(/lfw-scratch/);
  const small = ['--epochs', '1', '--people', '5', '--images', '2', '--size', '32', '--json'];
  const { stdout } = await npxFt('train', '--data', 'synthetic', '--out', 'run', ...small);
  expect(eventsOf(stdout).at(-1)).toMatchObject({ event: 'summary', run: 'run', imagesSeen: 480 });
  expect(await readdir(join(home, 'run'))).toContain('report.html');
});
