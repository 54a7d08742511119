import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extract } from 'tar';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectedOutcome, packEngine, runProgram } from './user-project.ts';

// The layout of npm, put together from the packages of this workspace; layouts.test.ts does it with package managers.
let project: string;
let modules: string;
beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'ft-flat-'));
  modules = join(project, 'node_modules');
  writeFileSync(join(project, 'package.json'), '{"private": true, "type": "module"}');
  const archives = await packEngine(project);
  const own = realpathSync(fileURLToPath(new URL('..', import.meta.url)));
  for (const [name, file] of Object.entries(archives)) {
    const cwd = join(modules, name);
    mkdirSync(cwd, { recursive: true });
    await extract({ file, cwd, strip: 1 });
    rmSync(file);
  }
  for (const name of Object.keys(archives)) {
    layDependencies(join(modules, name), name === '@ft/engine' ? own : findPackage(name, own));
  }
  layPackage('@tensorflow/tfjs-core', modules, own);
}, 120_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

test('an engine is installed and loaded where every package lies beside the others', async () => {
  expect(await runProgram(project)).toEqual(await expectedOutcome());
}, 60_000);

/** Puts what a package of the project needs into `node_modules`. */
function layDependencies(folder: string, workspace: string): void {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) layPackage(name, folder, workspace);
}

/**
 * Puts a package into `node_modules`, or into that of the package that needs it where another version has the place.
 *
 * @param dependent The folder, in the project, of the package that needs it.
 * @param workspace The same package in the workspace, from where it finds what it needs.
 */
function layPackage(name: string, dependent: string, workspace: string): void {
  const source = findPackage(name, workspace);
  const version = versionOf(source);
  let target = join(modules, name);
  if (existsSync(target) && versionOf(target) !== version && !name.startsWith('@ft/')) {
    target = join(dependent, 'node_modules', name);
  }
  if (existsSync(target)) return;
  lay(source, target);
  layDependencies(target, source);
}

function findPackage(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(found)) return realpathSync(found);
    if (folder === dirname(folder)) throw new Error(`${name} is not installed for ${from}`);
  }
}

function versionOf(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Links the files of a package, without those of its own `node_modules`. */
function lay(source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory() && entry.name !== 'node_modules') lay(from, to);
    else if (entry.isFile()) linkOrCopy(from, to);
  }
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
