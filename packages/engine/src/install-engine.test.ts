import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from '@ft/errors';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { fakeCompiler, writeTool } from '../test/fake-tools.ts';
import { hostTag, writeWheel } from '../test/fake-wheel.ts';
import { installedEngines } from './engine-cache.ts';
import {
  BadWheelError,
  BrokenEngineError,
  CacheNotWritableError,
  ChecksumError,
  CompileError,
  DiskSpaceError,
  NoCompilerError,
  UnsuitableWheelError,
} from './engine-errors.ts';
import { installEngine } from './install-engine.ts';
import type { InstallProgress } from './install-progress.ts';

const disk = vi.hoisted(() => ({ free: Number.POSITIVE_INFINITY }));
vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof fs>()),
  statfs: () => Promise.resolve({ bavail: disk.free, bsize: 1 }),
}));

let directory: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ft-engine-'));
  env = { PATH: process.env['PATH'], FT_CACHE_DIR: join(directory, 'cache'), CXX: fakeCompiler(directory) };
  disk.free = 1e12;
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const root = (): string => join(directory, 'cache', 'engine');
const left = (): string[] => readdirSync(root());

test('a wheel becomes an engine, complete and alone in its folder; the second time it is there already', async () => {
  const from = writeWheel(directory);
  const steps: InstallProgress[] = [];
  const first = await installEngine({ from, env, onProgress: (progress) => steps.push(progress) });
  expect(first.isNew).toBe(true);
  expect(left()).toEqual([`tensorflow-2.21.0-linux-${process.arch}-tfjs-4.22.0`]);
  expect(readdirSync(first.directory, { recursive: true }).sort()).toEqual([
    'lib',
    'lib/libtensorflow_cc.so.2',
    'lib/libtensorflow_framework.so.2',
    'loader.node',
    'manifest.json',

    'tfjs_binding.node',
  ]);
  expect(readFileSync(join(first.directory, 'lib/libtensorflow_cc.so.2'), 'utf8')).toBe('core');
  expect(first.manifest).toMatchObject({
    tensorflow: '2.21.0',
    variant: 'cpu',
    tfjs: '4.22.0',
    compiler: 'fake-c++ 1.0',
    source: { name: from, verifiedBy: "the wheel's own RECORD" },
  });
  expect([...new Set(steps.map(({ step }) => step))]).toEqual(['unpack', 'check']);
  const last = steps.findLast(({ step }) => step === 'unpack')!;
  expect(last.done).toBe(last.total);

  expect(await installEngine({ from, env })).toMatchObject({ isNew: false, directory: first.directory });
  expect(await installEngine({ env })).toMatchObject({ isNew: false, directory: first.directory });
  expect(await installedEngines(env['FT_CACHE_DIR'])).toHaveLength(1);
});

test('an engine that lost a file counts as absent and is made again', async () => {
  const from = writeWheel(directory);
  const { directory: engine } = await installEngine({ from, env });
  rmSync(join(engine, 'lib/libtensorflow_cc.so.2'));
  expect(await installedEngines(env['FT_CACHE_DIR'])).toEqual([]);
  expect((await installEngine({ from, env })).isNew).toBe(true);
});

test.each(['FT_TF_WHEEL', 'FT_TF_DIR'])('%s names the source', async (variable) => {
  const folder = join(directory, 'tensorflow');
  mkdirSync(folder);
  for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
    writeFileSync(join(folder, name), name);
  }
  const source = variable === 'FT_TF_DIR' ? folder : writeWheel(directory);
  const { manifest, isNew } = await installEngine({ env: { ...env, [variable]: source } });
  expect(isNew).toBe(true);
  expect(manifest.source.name).toBe(source);
});

test("an unpacked libtensorflow is a source, and a Python package's CUDA build is told apart", async () => {
  const library = join(directory, 'libtensorflow');
  const python = join(directory, 'tensorflow');
  mkdirSync(join(library, 'lib'), { recursive: true });
  mkdirSync(join(python, 'python/platform'), { recursive: true });
  for (const path of ['libtensorflow/lib/libtensorflow.so.2', 'tensorflow/libtensorflow_cc.so.2']) {
    writeFileSync(join(directory, path), 'core');
  }
  for (const path of ['libtensorflow/lib', 'tensorflow']) {
    writeFileSync(join(directory, path, 'libtensorflow_framework.so.2'), 'framework');
  }
  writeFileSync(join(python, 'python/platform/build_info.py'), "[('is_cuda_build', True)]");
  const first = await installEngine({ from: library, env });
  expect(first.manifest.variant).toBe('cpu');
  expect(Object.keys(first.manifest.files)).toContain('lib/libtensorflow.so.2');
  const second = await installEngine({ from: python, env });
  expect(second.manifest.variant).toBe('gpu');
  expect(left()).toHaveLength(2);
});

test.each([
  ['a package that is not TensorFlow', { name: 'numpy' }, /is the package numpy/],
  ['another system', { tag: 'win_amd64' }, /is for win_amd64, and this machine is Linux/],
  ['another processor', { tag: 'manylinux_2_17_ppc64le' }, /is for manylinux_2_17_ppc64le/],
  ['too old a TensorFlow', { version: '2.11.1' }, /holds TensorFlow 2\.11\.1, and 2\.12 is the oldest/],
  ['too new a glibc', { tag: hostTag.replace('2_17', '9_99') }, /needs glibc 9\.99, and this system has/],
])('a wheel is refused for %s', async (_why, options, message) => {
  const failure = installEngine({ from: writeWheel(directory, options), env });
  await expect(failure).rejects.toThrow(UnsuitableWheelError);
  await expect(failure).rejects.toThrow(message);
  expect(left()).toEqual([]);
});

test.each([
  ['an HTML page', '<!DOCTYPE html><title>Sign in</title>', /an HTML page, as proxies/],
  ['an empty file', '', /an empty file/],
  ['something else', 'ELF', /not a zip archive/],
  ['half a wheel', 'PK\u0003\u0004 and so on', /damaged wheel/],
])('%s in place of a wheel is named', async (_what, text, message) => {
  const from = join(directory, 'tensorflow.whl');
  writeFileSync(from, text);
  const failure = installEngine({ from, env });
  await expect(failure).rejects.toThrow(BadWheelError);
  await expect(failure).rejects.toThrow(message);
  expect(left()).toEqual([]);
});

test('a wheel without a library, and a member outside the folder, are refused', async () => {
  const record = { 'tensorflow/libtensorflow_cc.so.2': 'x' };
  const lacking = installEngine({
    from: writeWheel(directory, { members: { 'tensorflow/libtensorflow_cc.so.2': 'other' }, record }),
    env,
  });
  await expect(lacking).rejects.toThrow(ChecksumError);
  const escaping = installEngine({ from: writeWheel(directory, { members: { '../escaped': 'x' } }), env });
  await expect(escaping).rejects.toThrow(/damaged wheel: invalid relative path/);
  expect(left()).toEqual([]);
});

test('a file that bears the name of a published wheel must have its digest', async () => {
  const file = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';
  const failure = installEngine({ from: writeWheel(directory, { file }), env });
  await expect(failure).rejects.toThrow(ChecksumError);
  await expect(failure).rejects.toThrow(/2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c/);
});

test('no compiler, or one that fails, is said before or without leaving anything', async () => {
  await expect(installEngine({ env: { ...env, CXX: '/nowhere/c++' } })).rejects.toThrow(NoCompilerError);
  const { CXX: _, ...none } = env;
  await expect(installEngine({ env: { ...none, PATH: directory } })).rejects.toThrow(
    /No C\+\+ compiler answers \(tried c\+\+, g\+\+, clang\+\+\)/,
  );
  const before = `echo 'a.cc:1: error: no such thing'; exit 1`;
  const failure = installEngine({
    from: writeWheel(directory),
    env: { ...env, CXX: fakeCompiler(directory, { before }) },
  });
  await expect(failure).rejects.toThrow(CompileError);
  await expect(failure).rejects.toThrow(/fake-c\+\+ 1\.0 could not build .* a\.cc:1: error: no such thing/);
  expect(left()).toEqual([]);
});

test.each([
  ['an illegal instruction', 'raise(SIGILL);', /lacks an instruction that TensorFlow uses/],
  ['a crash', 'raise(SIGSEGV);', /ended with SIGSEGV/],
])('an engine that ends in %s is not published', async (_what, body, message) => {
  const failure = installEngine({
    from: writeWheel(directory),
    env: { ...env, CXX: fakeCompiler(directory, { body }) },
  });
  await expect(failure).rejects.toThrow(BrokenEngineError);
  await expect(failure).rejects.toThrow(message);
  expect(left()).toEqual([]);
});

test('too small a disk is noticed before and while it is written', async () => {
  disk.free = 3;
  const failure = installEngine({ from: writeWheel(directory), env });
  await expect(failure).rejects.toThrow(DiskSpaceError);
  await expect(failure).rejects.toThrow(/needs 1 MB, and the disk of .* has 0 MB free.*FT_CACHE_DIR/);
  expect(left()).toEqual([]);
  writeTool(
    join(directory, 'python3'),
    `console.error('ERROR: [Errno 28] No space left on device'); process.exit(process.argv.includes('--version') ? 0 : 1);`,
  );
  await expect(installEngine({ env: { ...env, PATH: directory } })).rejects.toThrow(DiskSpaceError);
});

test('a cache folder that cannot be made is named', async () => {
  const failure = installEngine({ env: { ...env, FT_CACHE_DIR: join(env['CXX']!, 'cache') } });
  await expect(failure).rejects.toThrow(CacheNotWritableError);
});

test('a source that is not there is an invalid argument', async () => {
  await expect(installEngine({ from: join(directory, 'none.whl'), env })).rejects.toThrow(
    InvalidArgumentError,
  );
});

test('of two installations at once the second waits, says so, and uses what the first one made', async () => {
  const from = writeWheel(directory);
  const waits: string[] = [];
  const onProgress = ({ step, text }: InstallProgress): void => {
    if (step === 'wait') waits.push(text);
  };
  const both = await Promise.all([
    installEngine({ from, env, onProgress }),
    installEngine({ from, env, onProgress }),
  ]);
  expect(both.map(({ isNew }) => isNew).sort()).toEqual([false, true]);
  expect(waits).toEqual([expect.stringContaining(`process ${process.pid}`)]);
});

test('what a killed installation left is removed, its lock included', async () => {
  mkdirSync(join(root(), '.partial-x'), { recursive: true });
  const lock = join(root(), 'install.lock');
  writeFileSync(lock, 'half a lo');
  utimesSync(lock, new Date(0), new Date(0));
  await installEngine({ from: writeWheel(directory), env });
  expect(left()).toEqual([expect.stringMatching(/^tensorflow-2/)]);
});

test('an installation that is aborted leaves nothing', async () => {
  const controller = new AbortController();
  const failure = installEngine({
    from: writeWheel(directory),
    env,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(failure).rejects.toThrow(/abort/i);
  expect(left()).toEqual([]);
});
