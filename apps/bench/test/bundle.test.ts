import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const tooling = new URL('../../../tooling/bundle/', import.meta.url);

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft bundle-'));
});
afterEach(() => rm(home, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Nothing of this process's environment but what is given. */
function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const bare = { PATH: '/usr/bin:/bin', HOME: join(home, 'nobody'), ...env };
  return new Promise((resolve) => {
    execFile(command, args, { env: bare, cwd: home }, (failure, out, error) => {
      resolve({ code: failure === null ? 0 : Number(failure.code), out, error });
    });
  });
}

/** A bundle in parts of 4,000 bytes, in which Node is a script that says what it was asked. */
async function smallBundle(lfw = false): Promise<string> {
  const { writeParts } = (await import(new URL('write-parts.mjs', tooling).href)) as {
    writeParts(folder: string, out: string, partBytes?: number): Promise<number[]>;
  };
  const [stage, out] = [join(home, 'stage'), join(home, 'out')];
  await mkdir(stage);
  await mkdir(out);
  await writeFile(join(stage, 'node'), '#!/bin/sh\necho "$FT_CACHE_DIR"\nprintf "%s\\n" "$@"\n', {
    mode: 0o755,
  });
  const noise = Uint8Array.from({ length: 9000 }, (_, i) => Math.imul(i * i, 0x9e3779b1) >>> 13);
  await writeFile(join(stage, 'noise'), noise);
  if (lfw) await mkdir(join(stage, 'lfw'));
  const sizes = await writeParts(stage, out, 4000);
  expect(sizes.length).toBeGreaterThan(2);
  expect(sizes.slice(0, -1).every((size) => size === 4000)).toBe(true);
  return out;
}

test.runIf(process.platform === 'linux')(
  'the parts are joined once, and a command runs (linux)',
  async () => {
    const out = await smallBundle();
    const script = join(out, 'run.sh');
    const unpacked = join(out, 'unpacked');
    const check = await run('sh', [script]);
    expect(check).toMatchObject({ code: 0, error: '' });
    expect(check.out.trim().split('\n')).toEqual([
      join(unpacked, 'cache'),
      join(unpacked, 'apps/bench/bin/ft-bench.js'),
      'steps',
      '--engine',
      'webgpu',
    ]);
    expect((await readFile(join(unpacked, 'noise'))).length).toBe(9000);
    // Unpacked, it needs its parts no more.
    await unlink(join(out, 'ft-bundle.tar.gz.001'));
    const train = await run('sh', [script, 'train', '--epochs', '2']);
    expect(train.out).toContain(
      ['train', '--engine', 'webgpu', '--json', '--data', 'synthetic', '--epochs', '2'].join('\n'),
    );
    await mkdir(join(unpacked, 'lfw'));
    await mkdir(join(unpacked, 'cache/engine/tensorflow-gpu-2.21.0-linux-x64'), { recursive: true });
    const onLfw = await run('sh', [script, 'train']);
    expect(onLfw.out).toContain(['tensorflow-gpu', '--json', '--data', `lfw:${unpacked}/lfw`].join('\n'));
    const unknown = await run('sh', [script, 'trian']);
    expect(unknown).toMatchObject({ code: 2, error: expect.stringContaining('there is no command trian') });
  },
);

test.runIf(process.platform === 'linux')('missing and damaged parts are named (linux)', async () => {
  const out = await smallBundle();
  const script = join(out, 'run.sh');
  await unlink(join(out, 'ft-bundle.tar.gz.000'));
  await truncate(join(out, 'ft-bundle.tar.gz.001'), 10);
  const { code, error } = await run('sh', [script]);
  expect(code).toBe(2);
  expect(error).toBe(
    `run.sh: missing: ft-bundle.tar.gz.000. damaged: ft-bundle.tar.gz.001. Copy these files to ${out} and run it again.\n`,
  );
  expect(existsSync(join(out, 'unpacked'))).toBe(false);
  await unlink(join(out, 'SHA256SUMS'));
  expect((await run('sh', [script])).error).toContain('has no SHA256SUMS');
});

const bundle = (...args: string[]) =>
  run(process.execPath, [fileURLToPath(new URL('bundle.mjs', tooling)), ...args]);

test('a mistake is one sentence', async () => {
  expect(await bundle()).toMatchObject({ code: 2, error: expect.stringMatching(/^bundle: .*--out/) });
  expect(await bundle('--out', 'b', '--lfw', '/no/such')).toMatchObject({
    code: 2,
    error: expect.stringContaining('--lfw must be a folder with the LFW archive'),
  });
  expect(await bundle('--uot', 'b')).toMatchObject({ code: 2, error: expect.stringContaining('--uot') });
  expect(await readdir(home)).toEqual([]);
});

// Debian's chromium carries a Vulkan driver that computes on the processor.
const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';

// Minutes and 300 MB of disk: FT_BUNDLE_TEST=1 vitest run --project @ft/bench test/bundle
test.runIf(process.env['FT_BUNDLE_TEST'] === '1' && existsSync(driver))(
  'the whole bundle trains on SwiftShader without network, Node or anything of this clone',
  async () => {
    const out = join(home, 'out');
    const packed = await bundle('--out', out);
    expect(packed).toMatchObject({ code: 0, error: '' });
    for (const name of await readdir(out))
      expect((await stat(join(out, name))).size).toBeLessThanOrEqual(60e6);
    const vulkan = { VK_ICD_FILENAMES: driver, FT_ALLOW_SOFTWARE_ADAPTER: '1' };
    const steps = ['--batches', '2,4', '--size', '32', '--seconds', '1'];
    // A network of its own has nothing but its loopback device, and that is down.
    const {
      code,
      out: lines,
      error,
    } = await run('unshare', ['-n', 'sh', join(out, 'run.sh'), 'check', ...steps], vulkan);
    expect(code, error).toBe(0);
    const events = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ event, batch }) => [event, batch])).toEqual([
      ['adapter', undefined],
      ['steps', 2],
      ['steps', 4],
    ]);
    expect(events[0]!['device']).toMatch(/swiftshader/i);
    for (const { loss } of events.slice(1) as { loss: { first: number; last: number } }[]) {
      expect(loss.last).toBeLessThan(loss.first);
    }
  },
  900_000,
);
