import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createBatch } from '@ft/miner-test-kit';
import { createRandom } from '@ft/random';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { minerRegistry, runMiner } from '../index.ts';

let project = '';
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'ft-plugins-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const write = (file: string, content: string | object) => {
  const path = join(project, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
};

const announced = { module: '.', factory: 'first', output: 'triplets', summary: 'The first triplet.' };
const manifest = { apiVersion: 1, miners: { first: announced } };

/** A module as a plugin ships it, made with another copy of the contract. `body` is that of `mine`. */
const moduleOf = (
  body: string,
  { version = 1, before = '', name = 'first' } = {},
) => `import { writeFileSync } from 'node:fs';
${before}
writeFileSync(new URL('./ran', import.meta.url), '');
const columns = (a, p, n) => ({ kind: 'triplets', anchors: Int32Array.from(a), positives: Int32Array.from(p),
  negatives: Int32Array.from(n), statistics: { considered: 1, skipped: {} } });
export const first = (options) => Object.defineProperty({ name: '${name}', output: 'triplets', options,
  apiVersion: ${version}, mine(batch, context) { ${body} } }, Symbol.for('ft.miner'), { value: ${version} });
`;
const right = moduleOf('return columns([0], [1], [2]);');

/** Installs a plugin as a dependency; `changes` go into its package.json. */
function install(code = right, changes: object = {}, name = 'ft-miner-first', field = 'dependencies') {
  write(`node_modules/${name}/package.json`, {
    name,
    version: '1.2.3',
    type: 'module',
    exports: { '.': './index.js' },
    ftPlugin: manifest,
    ...changes,
  });
  write(`node_modules/${name}/index.js`, code);
  write('package.json', { name: 'project', [field]: { [name]: '*' } });
}

const enabled = ['ft-miner-first'];
const batch = () =>
  createBatch({
    embeddings: [
      [1, 0],
      [1, 0.1],
      [0, 1],
    ],
    labels: [7, 7, 8],
  });
const context = { random: createRandom(1), step: 0, epoch: 0, signal: new AbortController().signal };
/** Did any code of the plugin run, in any thread? */
const ran = () => existsSync(join(project, 'node_modules/ft-miner-first/ran'));
const create = (name = 'ft-miner-first/first', options = {}) =>
  minerRegistry({ directory: project, enabled, timeLimit: 200, loadTimeLimit: 2500 }).create(name, options);
const run = async () => runMiner(await create(), batch(), context);

test('an enabled plugin mines, by its full name and by its bare one, from any folder of the project', async () => {
  install();
  mkdirSync(join(project, 'deep/down'), { recursive: true });
  const registry = minerRegistry({ directory: join(project, 'deep/down'), enabled });
  for (const name of ['ft-miner-first/first', 'first']) {
    const miner = await registry.create(name, { k: 3 });
    expect(miner).toMatchObject({ name: 'first', options: { k: 3 } });
    expect(runMiner(miner, batch(), context)).toMatchObject({ anchors: Int32Array.of(0) });
  }
});

test('nothing of a plugin runs by being installed, listed or asked for without leave', async () => {
  install();
  const registry = minerRegistry({ directory: project });
  expect(registry.list().filter(({ plugin }) => plugin)).toEqual([
    {
      name: 'ft-miner-first/first',
      plugin: 'ft-miner-first',
      version: '1.2.3',
      output: 'triplets',
      status: 'not enabled',
      summary: 'The first triplet.',
    },
  ]);
  for (const name of ['first', 'ft-miner-first/first']) {
    await expect(registry.create(name)).rejects.toMatchObject({
      code: 'FT_PLUGIN_NOT_ENABLED',
      message: expect.stringMatching(
        /^"ft-miner-first" is installed and offers the miner "first" but is not enabled/,
      ),
    });
  }
  expect(ran()).toBe(false);
  expect((await create()).name).toBe('first');
  expect(ran()).toBe(true);
});

test('with plugins switched off nothing of them runs, even where they are enabled', async () => {
  install();
  const registry = minerRegistry({ directory: project, enabled, plugins: false });
  expect(registry.list().at(-1)).toMatchObject({ status: 'not enabled' });
  await expect(registry.create('first')).rejects.toMatchObject({
    code: 'FT_PLUGIN_NOT_ENABLED',
    message: expect.stringMatching(/but is not enabled\. Plugins are switched off\.$/),
  });
  expect((await registry.create('hard')).name).toBe('hard');
  expect(ran()).toBe(false);
});

test('built-in names stay built-in, whatever is installed', async () => {
  install(right, { ftPlugin: { apiVersion: 1, miners: { hard: announced } } });
  expect(await create('hard', { margin: 0.5 })).toMatchObject({ options: { margin: 0.5 } });
  await expect(create('hrd')).rejects.toMatchObject({ code: 'FT_UNKNOWN_MINER' });
  expect(ran()).toBe(false);
});

test('plugins are found among direct dependencies only, of every kind, behind any exports', () => {
  install(right, { exports: { import: './index.js' } }, '@scope/ft-miner-first', 'devDependencies');
  write('node_modules/ft-miner-stray/package.json', { name: 'ft-miner-stray', ftPlugin: manifest });
  const { list } = minerRegistry({ directory: project });
  expect(list().flatMap(({ plugin }) => plugin ?? [])).toEqual(['@scope/ft-miner-first']);
});

test('a project without package.json has the built-ins', () => {
  expect(
    minerRegistry({ directory: '/' })
      .list()
      .every(({ status }) => status === 'built-in'),
  ).toBe(true);
});

test.each([
  [
    { ftPlugin: { ...manifest, apiVersion: 'one' } },
    'ftPlugin.apiVersion in its package.json: expected an integer',
  ],
  [{ ftPlugin: { ...manifest, extra: 1 } }, 'is wrong at ftPlugin'],
  [
    { ftPlugin: { apiVersion: 1, miners: { first: { ...announced, output: 'quads' } } } },
    'ftPlugin.miners.first.output',
  ],
  [
    { ftPlugin: { apiVersion: 1, miners: { first: { ...announced, module: '../up.js' } } } },
    'expected "." or "./name"',
  ],
  [{ ftPlugin: undefined, keywords: ['ft-miner'] }, 'has the keyword ft-miner but no field ftPlugin'],
])(
  'a wrong manifest is a problem, and the reason when the miner is asked for: %o',
  async (changes, message) => {
    install(right, changes);
    const expected = { code: 'FT_PLUGIN_MANIFEST_INVALID', message: expect.stringContaining(message) };
    expect(minerRegistry({ directory: project }).problems).toMatchObject([expected]);
    await expect(create()).rejects.toMatchObject(expected);
  },
);

test('another version of the contract is refused before the import, and after it', async () => {
  install(right, { ftPlugin: { ...manifest, apiVersion: 2 } });
  await expect(create()).rejects.toMatchObject({
    code: 'FT_PLUGIN_API_MISMATCH',
    message:
      'Plugin "ft-miner-first" 1.2.3 was written for version 2 of the miner contract; this is version 1. Upgrade ft.',
  });
  expect(ran()).toBe(false);
  expect(minerRegistry({ directory: project, enabled }).list().at(-1)).toMatchObject({
    status: 'other contract version',
  });
  install(moduleOf('', { version: 0 }));
  await expect(create()).rejects.toThrow(
    'version 0 of the miner contract; this is version 1. Upgrade the plugin.',
  );
});

test.each([
  [
    'throws at import',
    moduleOf('', { before: "throw new Error('no licence');" }),
    {},
    'FT_PLUGIN_LOAD_FAILED',
    'no licence',
  ],
  [
    'is no JavaScript',
    'export const = ;',
    {},
    'FT_PLUGIN_LOAD_FAILED',
    'failed while its module "." was imported',
  ],
  [
    'has a factory that throws',
    "export const first = () => { throw new Error('k must be even'); };",
    {},
    'FT_PLUGIN_LOAD_FAILED',
    'first() refused its options: k must be even',
  ],
  [
    'lacks the export',
    'export const second = 1;',
    {},
    'FT_PLUGIN_NO_EXPORT',
    'must export the function first; it exports second.',
  ],
  [
    'lacks the module',
    right,
    { exports: { './other': './index.js' } },
    'FT_PLUGIN_NO_EXPORT',
    'have no module "."',
  ],
  [
    'makes no miner',
    'export const first = () => ({});',
    {},
    'FT_PLUGIN_NO_EXPORT',
    'must give what defineMiner made',
  ],
  ['makes another miner', moduleOf('', { name: 'other' }), {}, 'FT_PLUGIN_NO_EXPORT', 'but made "other"'],
  [
    'never ends its import',
    moduleOf('', { before: 'while (true);' }),
    {},
    'FT_PLUGIN_LOAD_FAILED',
    'the import of its module "." did not end within 2500 ms, or ended the process.',
  ],
  [
    'waits for ever in its import',
    moduleOf('', { before: 'await new Promise(() => {});' }),
    {},
    'FT_PLUGIN_LOAD_FAILED',
    'did not end within 2500 ms',
  ],
  [
    'ends the process in its import',
    moduleOf('', { before: 'process.exit(0);' }),
    {},
    'FT_PLUGIN_LOAD_FAILED',
    'or ended the process',
  ],
  [
    'has a factory that never returns',
    'export const first = () => { while (true); };',
    {},
    'FT_PLUGIN_LOAD_FAILED',
    'first() refused its options: it did not return within 2500 ms',
  ],
  [
    'pollutes at import',
    moduleOf('', { before: 'Object.prototype.admin = true;' }),
    {},
    'FT_PLUGIN_POLLUTION',
    'changed Object.prototype.admin',
  ],
])('a plugin that %s is refused by name', async (_, code, changes, errorCode, message) => {
  install(code, changes);
  const error = (await create().catch((reason: unknown) => reason)) as Error & { code: string };
  expect('admin' in {}).toBe(false);
  expect(error.code).toBe(errorCode);
  expect(error.message).toMatch(/^Plugin "ft-miner-first" 1.2.3/);
  expect(error.message).toContain(message);
});

test.each([
  [
    'gives an index out of range',
    'return columns([0], [1], [99]);',
    'FT_MINER_BAD_OUTPUT',
    'negative 99, outside 0 to 2',
  ],
  [
    'gives a wrong label',
    'return columns([0], [2], [2]);',
    'FT_MINER_BAD_OUTPUT',
    'candidate 2 (label 8) as a positive',
  ],
  ['throws', "throw new TypeError('oops');", 'FT_MINER_FAILED', 'failed at step 0: oops'],
  [
    'never returns',
    'while (true);',
    'FT_MINER_TIMEOUT',
    'Miner "first" did not return within 200 ms at step 0.',
  ],
  [
    'writes to the batch',
    'batch.distances.data[1] = 9; return columns([], [], []);',
    'FT_MINER_BAD_OUTPUT',
    'changed the batch',
  ],
  [
    'pollutes while mining',
    'Array.prototype.flat = () => 1; return columns([0], [1], [2]);',
    'FT_PLUGIN_POLLUTION',
    'Miner "first" changed Array.prototype.flat, which all code shares. The change was undone.',
  ],
])('a miner that %s is stopped by name', async (_, body, code, message) => {
  install(moduleOf(body));
  await expect(run()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect([[1]].flat()).toEqual([1]);
});

test('a schedule may name plugins, which must be enabled', async () => {
  install();
  const stages = [
    { from: 0, miner: 'hard' },
    { from: 5, miner: 'ft-miner-first/first', options: { k: { from: 0, to: 4, over: 4 } } },
  ];
  const miner = await create('schedule', { stages });
  const { anchors } = runMiner(miner, batch(), { ...context, step: 9 });
  expect([...anchors]).toEqual([0]);
  await expect(minerRegistry({ directory: project }).create('schedule', { stages })).rejects.toMatchObject({
    code: 'FT_PLUGIN_NOT_ENABLED',
  });
  await expect(create('schedule', {})).rejects.toMatchObject({ code: 'FT_INVALID_ARGUMENT' });
});

test('a factory that pollutes is refused', async () => {
  install('export const first = () => { Map.prototype.extra = 1; return {}; };');
  await expect(create()).rejects.toMatchObject({ code: 'FT_PLUGIN_POLLUTION' });
  expect('extra' in new Map()).toBe(false);
});

describe('names', () => {
  test('two enabled plugins with one name need the full name', async () => {
    install(right, {}, 'ft-miner-second');
    install();
    write('package.json', { dependencies: { 'ft-miner-first': '*', 'ft-miner-second': '*' } });
    const both = minerRegistry({ directory: project, enabled: ['ft-miner-first', 'ft-miner-second'] });
    await expect(both.create('first')).rejects.toMatchObject({
      code: 'FT_PLUGIN_DUPLICATE_NAME',
      message: expect.stringContaining('Say which: "ft-miner-first/first" or "ft-miner-second/first".'),
    });
    expect((await both.create('ft-miner-second/first')).name).toBe('first');
    expect((await create('first')).name).toBe('first');
  });

  test('what nobody offers is not found, with the nearest name', async () => {
    install();
    await expect(create('ft-miner-first/frist')).rejects.toMatchObject({
      code: 'FT_PLUGIN_NOT_FOUND',
      message: expect.stringMatching(
        /offers a miner "ft-miner-first\/frist"\. Did you mean "ft-miner-first\/first"\?$/,
      ),
    });
  });
});
