import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../index.ts';

let project = '';
beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'ft-config-')));
  writeFileSync(join(project, 'package.json'), '{}');
});
afterEach(() => rmSync(project, { recursive: true }));
const write = (name: string, text: string) => {
  const file = join(project, name);
  writeFileSync(file, text);
  return file;
};

test('without the file no plugin is enabled', async () => {
  expect(await loadConfig(project)).toEqual({ file: undefined, plugins: [] });
});

test.each([
  [
    'ft.config.ts',
    "interface Wanted { plugins: string[] }\nexport default { plugins: ['ft-miner-a'] } satisfies Wanted;",
  ],
  ['ft.config.js', "export default { plugins: ['ft-miner-a'] };"],
  ['ft.config.json', '{ "plugins": ["ft-miner-a"] }'],
])('%s is found from any folder of the project', async (name, text) => {
  const file = write(name, text);
  mkdirSync(join(project, 'deep/down'), { recursive: true });
  expect(await loadConfig(join(project, 'deep/down'))).toEqual({ file, plugins: ['ft-miner-a'] });
});

test.each([
  ['ft.config.json', '{ "plugins": "ft-miner-a" }', 'plugins must be a list of names of packages.'],
  ['ft.config.json', '{ "plugins": [7] }', 'plugins.0 must be a list of names of packages.'],
  ['ft.config.json', '{ "plugin": [] }', 'has the unknown key "plugin"; known are "plugins" and "train".'],
  ['ft.config.json', '[]', 'its default export must be an object such as { plugins: ["ft-miner-example"] }.'],
  ['ft.config.json', '{', 'cannot be loaded: '],
  ['ft.config.ts', "throw new Error('no network');", 'cannot be loaded: no network'],
  ['ft.config.ts', 'export const plugins = [];', 'its default export must be'],
])('%s with %s is refused by its name', async (name, text, message) => {
  const file = write(name, text);
  await expect(loadConfig(project)).rejects.toMatchObject({
    code: 'FT_CONFIG_INVALID',
    message: expect.stringMatching(file),
  });
  await expect(loadConfig(project)).rejects.toThrow(message);
});

test('two of them are refused', async () => {
  write('ft.config.ts', 'export default {};');
  write('ft.config.json', '{}');
  await expect(loadConfig(project)).rejects.toThrow(/There are both .*ft\.config\.ts and .*ft\.config\.json/);
});
