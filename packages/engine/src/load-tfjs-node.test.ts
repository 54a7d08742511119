import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { buildLoaderAddon } from '../test/build-loader-addon.ts';
import { realCompiler } from '../test/fake-tools.ts';
import { loadTfjsNode, ownAddon } from './load-tfjs-node.ts';

let directory: string;
let engine: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ft-load-'));
  engine = join(directory, 'engine');
  mkdirSync(engine);
  buildLoaderAddon(engine);
  // Two libraries that find each other by name only, the needed one later in the alphabet.
  const nvidia = (name: string): string => join(engine, 'nvidia', name, 'lib');
  for (const name of ['a', 'b']) mkdirSync(nvidia(name), { recursive: true });
  const compile = (code: string, output: string, ...rest: string[]): void => {
    writeFileSync(join(directory, 'code.c'), code);
    const more = [`-Wl,-soname,${output.split('/').at(-1)!}`, ...rest];
    execFileSync(realCompiler, [
      '-x',
      'c',
      '-shared',
      '-fPIC',
      '-o',
      output,
      join(directory, 'code.c'),
      '-x',
      'none',
      ...more,
    ]);
  };
  compile('int ft_b(void) { return 7; }', join(nvidia('b'), 'libft_b.so.1'));
  compile(
    'int ft_b(void); int ft_a(void) { return ft_b(); }',
    join(nvidia('a'), 'libft_a.so.1'),
    join(nvidia('b'), 'libft_b.so.1'),
  );
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** A package like tfjs-node that runs `body` with the addon's path in `addon`. */
function fakePackage(name: string, body: string): string {
  const folder = join(directory, name);
  const locator = join(folder, 'node_modules/@mapbox/node-pre-gyp');
  mkdirSync(locator, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"main": "index.js"}');
  writeFileSync(join(locator, 'index.js'), `exports.find = () => '${join(folder, 'own.node')}';`);
  writeFileSync(
    join(folder, 'index.js'),
    `const addon = require('@mapbox/node-pre-gyp').find('x');\n${body}`,
  );
  return folder;
}

test("the package finds the engine's addon in place of its own, and the locator is itself again", () => {
  const folder = fakePackage('replaced', 'exports.addon = addon;');
  loadTfjsNode(folder, join(engine, 'tfjs_binding.node'));
  const require = createRequire(join(folder, 'package.json'));
  expect((require(folder) as { addon: string }).addon).toBe(join(engine, 'tfjs_binding.node'));
  const locatorName = '@mapbox/node-pre-gyp';
  const locator = require(locatorName) as { find(path: string): string };
  expect(locator.find('x')).toBe(join(folder, 'own.node'));
});

test("the package's own addon is used only where it exists", () => {
  const folder = fakePackage('own', 'exports.addon = addon;');
  expect(ownAddon(folder)).toBeUndefined();
  writeFileSync(join(folder, 'own.node'), '');
  expect(ownAddon(folder)).toBe(join(folder, 'own.node'));
  expect(ownAddon(join(directory, 'none'))).toBeUndefined();
  loadTfjsNode(folder);
  expect((createRequire(join(folder, 'package.json'))(folder) as { addon: string }).addon).toBe(
    join(folder, 'own.node'),
  );
});

test('notices on standard error are dropped while loading, errors are passed on', () => {
  const written: string[] = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const folder = fakePackage(
    'noisy',
    `const write = (text) => require('node:fs').writeSync(2, text);
write('WARNING: All log messages before absl::InitializeLog() are written to STDERR\\n');
write('I0000 00:00:1.5 port.cc:153] oneDNN custom operations are on.\\n');
write('E0000 00:00:1.5 cuda.cc:9] no device\\n');
throw new Error('stop');`,
  );
  expect(() => loadTfjsNode(folder, join(engine, 'tfjs_binding.node'))).toThrow('stop');
  expect(written).toEqual(['E0000 00:00:1.5 cuda.cc:9] no device\n']);
});

test("an engine's CUDA libraries are loaded beforehand, in whatever order they need one another", () => {
  const folder = fakePackage(
    'cuda',
    `exports.maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');`,
  );
  loadTfjsNode(folder, join(engine, 'tfjs_binding.node'));
  const { maps } = createRequire(join(folder, 'package.json'))(folder) as { maps: string };
  expect(maps).toContain('libft_a.so.1');
  expect(maps).toContain('libft_b.so.1');
});

test('the functions that Node removed are there for tfjs-node', () => {
  loadTfjsNode(fakePackage('util', ''));
  const util = createRequire(import.meta.url)('node:util') as {
    isNullOrUndefined(value: unknown): boolean;
    isArray(value: unknown): boolean;
  };
  expect([null, undefined, 0, ''].map((value) => util.isNullOrUndefined(value))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([util.isArray([]), util.isArray({ length: 0 })]).toEqual([true, false]);
});
