import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMinerPackage } from './create-miner-package.ts';

let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'ft-create-'));
});
afterEach(() => rm(parent, { recursive: true }));

const versions = { '@ft/miner-api': '^1.2.3', '@ft/miner-test-kit': '^1.3.0' };

test.each([
  ['nearest-two', 'ft-miner-nearest-two', 'nearest-two', 'nearestTwo'],
  ['ft-miner-nearest-two', 'ft-miner-nearest-two', 'nearest-two', 'nearestTwo'],
  ['@me/nearest-two', '@me/ft-miner-nearest-two', 'nearest-two', 'nearestTwo'],
  ['nth-nearest', 'ft-miner-nth-nearest', 'nth-nearest', 'nthNearest'],
])('%s becomes a package, a strategy and a factory', async (name, packageName, miner, factory) => {
  const created = await createMinerPackage(name, parent, versions);
  const directory = join(parent, `ft-miner-${miner}`);
  expect(created).toEqual({ package: packageName, miner, directory });
  expect((await readdir(directory)).sort()).toEqual([
    '.gitignore',
    'README.md',
    'index.js',
    'index.test.js',
    'package.json',
  ]);
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({
    name: packageName,
    dependencies: { '@ft/miner-api': '^1.2.3' },
    devDependencies: { '@ft/miner-test-kit': '^1.3.0' },
  });
  expect(manifest.ftPlugin.miners).toMatchObject({ [miner]: { factory } });
  expect(await readFile(join(directory, 'index.js'), 'utf8')).toContain(`export function ${factory}(`);
});

test.each(['', 'Nearest', 'nearest_two', 'ft-miner-', '../up', 'a/b', '@me/'])(
  'refuses the name "%s"',
  async (name) => {
    await expect(createMinerPackage(name, parent, versions)).rejects.toMatchObject({
      code: 'FT_INVALID_ARGUMENT',
      message: expect.stringMatching(/^create-ft-miner: the name must be lower-case words/),
    });
    expect(await readdir(parent)).toEqual([]);
  },
);

test('writes into an empty folder only', async () => {
  await mkdir(join(parent, 'ft-miner-one'));
  await createMinerPackage('one', parent, versions);
  await mkdir(join(parent, 'ft-miner-two'));
  await writeFile(join(parent, 'ft-miner-two/notes'), 'mine');
  await expect(createMinerPackage('two', parent, versions)).rejects.toMatchObject({
    code: 'FT_FOLDER_NOT_EMPTY',
    message: expect.stringContaining('ft-miner-two is not empty. Choose another name'),
  });
  expect(await readdir(join(parent, 'ft-miner-two'))).toEqual(['notes']);
});
