import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@ft/random';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** FT_KILLS makes it a long test. */
const KILLS = Number(process.env['FT_KILLS'] ?? 3);
const STEPS = (KILLS + 1) * 8;

let home: string;
let program: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-killed-'));
  // Inside the package, so that its dependencies are found.
  const outDir = fileURLToPath(new URL('../node_modules/.ft-test', import.meta.url));
  await build({
    entry: [fileURLToPath(new URL('killed-run.ts', import.meta.url))],
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
  program = join(outDir, 'killed-run.js');
}, 60_000);
afterAll(() => rm(home, { recursive: true }));

/** Runs the program to its end, or kills it some milliseconds after it has made a step. */
async function run(
  signal: AbortSignal,
  directory: string,
  kill?: { readonly step: number; readonly delay: number },
): Promise<void> {
  const child = spawn(process.execPath, [program, directory, String(STEPS)], {
    signal,
    killSignal: 'SIGKILL',
  });
  let error = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (error += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const step = Number(text.trim().split('\n').at(-1));
    if (kill !== undefined && step >= kill.step) setTimeout(() => child.kill('SIGKILL'), kill.delay);
  });
  const [code, ended] = (await once(child, 'close')) as [number | null, string | null];
  expect([code, ended], error).toEqual(kill === undefined ? [0, null] : [null, 'SIGKILL']);
}

test(
  `${KILLS} kills at random moments leave no trace in the result`,
  async ({ signal }) => {
    const [whole, broken] = [await mkdtemp(join(home, 'whole-')), await mkdtemp(join(home, 'broken-'))];
    await run(signal, whole);
    const random = createRandom(Date.now(), 'kills');
    for (let k = 0; k < KILLS; k++) {
      const step = Math.floor(((k + random.next()) * STEPS) / (KILLS + 1)) + 1;
      await run(signal, broken, { step, delay: random.next() * 40 });
    }
    await run(signal, broken);
    expect(await readFile(join(broken, 'digest'), 'utf8')).toBe(
      await readFile(join(whole, 'digest'), 'utf8'),
    );
  },
  (KILLS + 2) * 60_000,
);
