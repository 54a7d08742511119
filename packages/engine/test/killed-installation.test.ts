import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { installEngine } from '../src/install-engine.ts';
import { fakeCompiler } from './fake-tools.ts';
import { writeWheel } from './fake-wheel.ts';

let directory: string;
let program: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ft-killed-'));
  // Inside the package, so that its dependencies are found.
  const outDir = fileURLToPath(new URL('../node_modules/.ft-test', import.meta.url));
  await build({
    entry: [fileURLToPath(new URL('install-once.ts', import.meta.url))],
    outDir,
    config: false,
    format: 'esm',
    silent: true,
    noExternal: [/^@ft\//],
    // Some of what is bundled asks for its own parts with require.
    banner: {
      js: "import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(import.meta.url);",
    },
    esbuildOptions(options) {
      options.conditions = ['@ft/source'];
    },
  });
  program = join(outDir, 'install-once.js');
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('an installation that is killed while it compiles publishes nothing, and the next one starts clean', async () => {
  const [started, hold] = [join(directory, 'started'), join(directory, 'hold')];
  writeFileSync(hold, '');
  const slow = `: > '${started}'; while [ -e '${hold}' ]; do sleep 0.05; done`;
  const env = { PATH: process.env['PATH'], FT_CACHE_DIR: join(directory, 'cache') };
  const from = writeWheel(directory);
  const child = spawn(process.execPath, [program, from], {
    env: { ...env, CXX: fakeCompiler(join(directory, 'slow'), { before: slow }) },
    stdio: 'ignore',
  });
  await vi.waitUntil(() => existsSync(started), { timeout: 20_000 });
  child.kill('SIGKILL');
  await once(child, 'close');
  rmSync(hold);
  const root = join(directory, 'cache', 'engine');
  expect(readdirSync(root).sort()).toEqual([expect.stringMatching(/^\.partial-/), 'install.lock']);

  // The lock is as old as one that was left a while ago.
  utimesSync(join(root, 'install.lock'), new Date(0), new Date(0));
  const { isNew } = await installEngine({ from, env: { ...env, CXX: fakeCompiler(directory) } });
  expect(isNew).toBe(true);
  expect(readdirSync(root)).toEqual([expect.stringMatching(/^tensorflow-2/)]);
}, 60_000);
