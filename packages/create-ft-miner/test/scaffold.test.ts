import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { syntheticIdentities } from '@ft/datasets';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';

// What an author and then a user do, far from this repository, with the packages as they are published. Only what
// comes from a registry is taken from here.
const execute = promisify(execFile);
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const PACKED = ['create-ft-miner', 'miner-api', 'miner-test-kit', 'errors', 'random'];
let home = '';
const tarballs = new Map<string, string>();

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-scaffold-'));
  await Promise.all(
    PACKED.map(async (name) => {
      const { stdout } = await execute('pnpm', ['pack', '--json', '--pack-destination', home], {
        cwd: join(repository, 'packages', name),
      });
      const { name: packed, filename } = JSON.parse(stdout) as { name: string; filename: string };
      tarballs.set(packed, filename);
    }),
  );
}, 120_000);
afterAll(() => rm(home, { recursive: true }));

/** Installs the dependencies of a folder, from the tarballs. */
async function install(directory: string): Promise<void> {
  const pureRand = await realpath(join(repository, 'packages/random/node_modules/pure-rand'));
  const overrides = [...tarballs].map(([name, file]) => `  '${name}': 'file:${file}'`);
  await writeFile(
    join(directory, 'pnpm-workspace.yaml'),
    `overrides:\n${overrides.join('\n')}\n  pure-rand: 'link:${pureRand}'\n`,
  );
  await execute('pnpm', ['install', '--offline', '--no-frozen-lockfile'], { cwd: directory });
}

const plugin = () => join(home, 'ft-miner-nearest-two');

test('the command writes a package whose tests pass', async () => {
  const created = join(home, 'created');
  await mkdir(created);
  await writeFile(join(created, 'package.json'), '{ "dependencies": { "create-ft-miner": "*" } }');
  await install(created);
  const { stdout } = await execute(join(created, 'node_modules/.bin/create-ft-miner'), ['nearest-two'], {
    cwd: home,
  });
  expect(stdout).toContain('cd ft-miner-nearest-two');
  await install(plugin());
  const tests = await execute('node', ['--test'], { cwd: plugin() });
  expect(tests.stdout).toMatch(/# fail 0/);
  expect(Number(/# pass (\d+)/.exec(tests.stdout)![1])).toBeGreaterThan(12);
  const again = execute(join(created, 'node_modules/.bin/create-ft-miner'), ['nearest-two'], { cwd: home });
  await expect(again).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^create-ft-miner: .* is not empty/),
  });
}, 120_000);

test('ft train mines with the published package; a fault of it leaves the checkpoint whole', async () => {
  const { stdout } = await execute('pnpm', ['pack', '--json', '--pack-destination', home], { cwd: plugin() });
  tarballs.set('ft-miner-nearest-two', (JSON.parse(stdout) as { filename: string }).filename);
  const project = join(home, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "dependencies": { "ft-miner-nearest-two": "*" } }');
  await install(project);
  const installed = join(project, 'node_modules/ft-miner-nearest-two');
  expect(await readdir(installed)).not.toContain('index.test.js');
  await drawPhotos(join(project, 'photos'));

  const ft = (...args: string[]) => lastEvent(project, ...args);
  const code = await readFile(join(installed, 'index.js'), 'utf8');
  const broken = code.replace(
    'mine(batch) {',
    'mine(batch, { step }) {\n      if (step === 3) throw new Error("lost");',
  );
  await replace(join(installed, 'index.js'), broken);
  const miner = ['--plugins', 'ft-miner-nearest-two', '--miner', 'ft-miner-nearest-two/nearest-two'];
  const run = [...SMALL, '--epochs', '2', '--checkpoint-every', '2'];
  expect(await ft('train', '--data', 'folder:photos', '--out', 'run', ...miner, ...run)).toMatchObject({
    event: 'error',
    code: 'FT_MINER_FAILED',
    message: 'Miner "nearest-two" failed at step 3: lost',
  });
  await replace(join(installed, 'index.js'), code);
  expect(await ft('train', '--resume', 'run')).toMatchObject({ event: 'summary', steps: 6 });

  const metrics = (await readFile(join(project, 'run/metrics.jsonl'), 'utf8')).trim().split('\n');
  expect(metrics.map((line) => JSON.parse(line).step)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(JSON.parse(metrics[0]!).mined).toBe(10);
  const { versions } = JSON.parse(await readFile(join(project, 'run/config.json'), 'utf8'));
  expect(versions).toMatchObject({ 'ft-miner-nearest-two': '0.1.0' });
}, 180_000);

test('ft train mines with the example, installed from its tarball and enabled in ft.config.ts', async () => {
  const { stdout } = await execute('npm', ['pack', '--json', '--pack-destination', home], {
    cwd: join(repository, 'examples/ft-miner-example'),
  });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  tarballs.set('ft-miner-example', join(home, filename));
  const project = join(home, 'with-example');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), '{ "dependencies": { "ft-miner-example": "*" } }');
  await install(project);
  await drawPhotos(join(project, 'photos'));
  const train = ['train', '--data', 'folder:photos', '--out', 'run', ...SMALL, '--epochs', '1'];
  const miner = ['--miner', 'ft-miner-example/quantile-negative'];
  expect(await lastEvent(project, ...train, ...miner)).toMatchObject({ code: 'FT_PLUGIN_NOT_ENABLED' });
  await writeFile(join(project, 'ft.config.ts'), "export default { plugins: ['ft-miner-example'] };\n");
  expect(await lastEvent(project, ...train, ...miner)).toMatchObject({ event: 'summary', steps: 3 });
}, 180_000);

const SMALL = ['--size', '32', '--people', '5', '--images', '2'];

/** The last line of a command of ft with `--json`. */
async function lastEvent(project: string, ...args: string[]): Promise<object> {
  const command = [join(repository, 'apps/trainer/bin/ft.js'), ...args, '--json'];
  const { stdout, stderr } = await execute(process.execPath, command, { cwd: project }).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  expect(stderr).toBe('');
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as object;
}

/** Writes a new file in the place of one that the package manager may share with its store. */
async function replace(file: string, text: string): Promise<void> {
  await rm(file);
  await writeFile(file, text);
}

async function drawPhotos(folder: string): Promise<void> {
  const [people, images, size] = [14, 4, 40];
  const faces = syntheticIdentities({ identities: people, imagesPerIdentity: images, size, seed: 5 });
  const bytes = size * size * 3;
  for (let i = 0; i < faces.count; i++) {
    const person = join(folder, `person ${faces.labels[i]}`);
    await mkdir(person, { recursive: true });
    await sharp(faces.pixels.subarray(i * bytes, (i + 1) * bytes), {
      raw: { width: size, height: size, channels: 3 },
    })
      .jpeg()
      .toFile(join(person, `${i}.jpg`));
  }
}
