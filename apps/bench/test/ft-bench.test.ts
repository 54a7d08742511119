import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

// The command as it is built and installed, each time in a process of its own.
const SCRIPT = fileURLToPath(new URL('../bin/ft-bench.js', import.meta.url));

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'ft-bench-cli-'));
});
afterAll(() => rm(home, { recursive: true }));

function bench(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, ...args], { cwd: home }, (failure, out, error) => {
      resolve({ code: failure === null ? 0 : Number(failure.code), out, error });
    });
  });
}

test('speed measures rows without peers, records them, and then finds nothing slower', async () => {
  const files = ['--json', 'speed.json', '--markdown', 'speed.md', '--baseline', 'baseline.json'];
  const rows = ['speed', '--quick', '--peers', 'off', '--only', 'miner/hard*B=512', ...files];
  const first = await bench(...rows, '--record');
  expect(first).toMatchObject({ code: 0, error: '' });
  expect(first.out).toContain('miner/hardest-cluster B=512: ');
  expect(first.out).toContain('Not measured: The peers are switched off.');
  const saved = JSON.parse(await readFile(join(home, 'speed.json'), 'utf8')) as { rows: unknown[] };
  expect(saved.rows).toHaveLength(3);
  expect(await readFile(join(home, 'speed.md'), 'utf8')).toContain('| miner/hard B=512 |');

  // A record that says everything once took a thousandth makes everything a regression.
  const baseline = join(home, 'baseline.json');
  const text = await readFile(baseline, 'utf8');
  await writeFile(
    baseline,
    text.replaceAll(/: ([\d.e-]+)/g, (_, cost) => `: ${Number(cost) / 1000}`),
  );
  const slower = await bench(...rows, '--check');
  expect(slower.code).toBe(3);
  expect(slower.out).toMatch(/Slower than recorded: miner\/hard B=512 costs \d+/);
}, 180_000);

test('scaling times the sizes asked for and fits how they grow', async () => {
  const { code, out, error } = await bench('scaling', '--only', 'distances B=*12', '--json', 'scaling.json');
  expect({ code, error }).toEqual({ code: 0, error: '' });
  const series = JSON.parse(await readFile(join(home, 'scaling.json'), 'utf8')) as {
    name: string;
    points: { size: number; ms: number }[];
  }[];
  expect(series.map(({ name, points }) => [name, points.map(({ size }) => size)])).toEqual([
    ['distances', [128, 512]],
  ]);
  expect(out).toMatch(/\| distances \| B = 128 \/ 512 \| .+ \| B\^\d\.\d\d \|/);
}, 120_000);

test('accuracy trains a grid, takes known results again, and adds a strategy by name', async () => {
  const grid = {
    data: 'synthetic',
    folds: [0],
    models: [{ name: 'small-cnn', size: 32, width: 0.25 }],
    losses: ['triplet', 'sup-con'],
    margin: 0.2,
    miners: [{ name: 'semi-hard' }],
    plugins: [],
    people: 8,
    images: 2,
    imagesSeen: 48,
    measurements: 1,
    learningRate: 1e-3,
    seeds: [1, 2],
  };
  await writeFile(join(home, 'grid.json'), JSON.stringify(grid));
  const first = await bench('accuracy', '--grid', 'grid.json');
  expect(first).toMatchObject({ code: 0, error: '' });
  expect(first.out).toContain('4 trainings of 48 images, 0 of them known');
  const results = join(home, 'ft-bench-results', 'grid');
  const before = JSON.parse(await readFile(join(results, 'results.json'), 'utf8')) as { runs: unknown[] };
  expect(before.runs).toHaveLength(4);

  const again = await bench('accuracy', '--grid', 'grid.json', '--miner', 'hard', '--workers', '2');
  expect(again).toMatchObject({ code: 0, error: '' });
  expect(again.out).toContain('6 trainings of 48 images, 4 of them known');
  const after = JSON.parse(await readFile(join(results, 'results.json'), 'utf8')) as { runs: unknown[] };
  expect(after.runs).toHaveLength(6);
  expect(after.runs).toEqual(expect.arrayContaining(before.runs));
  expect(await readFile(join(results, 'critical-difference.svg'), 'utf8')).toContain('hard, triplet');
}, 180_000);

test('steps prints the adapter, then throughput and a loss that falls, as JSON lines', async () => {
  const tiny = ['--batches', '2,4', '--size', '32', '--seconds', '1'];
  const { code, out, error } = await bench('steps', '--engine', 'wasm', ...tiny);
  expect(code, error).toBe(0);
  const [adapter, ...steps] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(adapter).toMatchObject({ event: 'adapter', engine: 'wasm', node: process.version });
  expect(steps.map(({ event, batch }) => [event, batch])).toEqual([
    ['steps', 2],
    ['steps', 4],
  ]);
  for (const { batch, ms, imagesPerSecond, loss } of steps) {
    expect((imagesPerSecond * ms) / batch / 1000).toBeCloseTo(1, 2);
    expect(loss.last).toBeLessThan(loss.first);
  }
}, 180_000);

test('a miner of somebody else comes onto the leaderboard by one command', async () => {
  const repository = fileURLToPath(new URL('../../..', import.meta.url));
  const installed = join(home, 'node_modules/ft-miner-example');
  await mkdir(installed, { recursive: true });
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', home], {
    cwd: join(repository, 'examples/ft-miner-example'),
    encoding: 'utf8',
  });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  execFileSync('tar', ['-xzf', join(home, filename), '--strip-components=1', '-C', installed]);
  await mkdir(join(home, 'node_modules/@ft'));
  await symlink(join(repository, 'packages/miner-api'), join(home, 'node_modules/@ft/miner-api'));
  await writeFile(join(home, 'package.json'), '{ "dependencies": { "ft-miner-example": "*" } }');

  const miner = ['--miner', 'ft-miner-example/quantile-negative'];
  const refused = await bench('accuracy', '--grid', 'grid.json', ...miner);
  expect(refused).toMatchObject({ code: 2, error: expect.stringContaining('is not enabled') });
  const added = await bench('accuracy', '--grid', 'grid.json', ...miner, '--plugins', 'ft-miner-example');
  expect(added).toMatchObject({ code: 0, error: '' });
  const { leaderboard, runs } = JSON.parse(
    await readFile(join(home, 'ft-bench-results/grid/results.json'), 'utf8'),
  ) as { leaderboard: { treatment: string }[]; runs: { cell: { versions: Record<string, string> } }[] };
  expect(leaderboard.map(({ treatment }) => treatment)).toContain(
    'ft-miner-example/quantile-negative, triplet',
  );
  expect(runs[0]!.cell.versions).toMatchObject({ 'ft-miner-example': '0.1.0' });
}, 180_000);

test.each([
  [['accuracy'], 'the command must be either --preset or --grid, got "neither"'],
  [['accuracy', '--preset', 'smok'], 'Did you mean smoke?'],
  [['accuracy', '--preset', 'smoke', '--miner', 'semihard'], 'There is no miner "semihard"'],
  [['accuracy', '--preset', 'lfw-strategies', '--lfw', '/no/such/lfw'], '/no/such/lfw'],
  [['speed', '--only', 'nothing'], 'ft-bench speed --list names the rows.'],
  [['speed', '--check', '--baseline', '/no/such/file'], '/no/such/file'],
  [['steps', '--batches', '32,0'], '--batches must be a whole number of at least 1, got "0"'],
  [['scaling', '--only', 'nothing'], 'ft-bench scaling --list names them.'],
  [['work'], '--redis URL is needed'],
])('a mistake is one sentence: %j', async (args, sentence) => {
  const { code, error, out } = await bench(...args);
  expect({ code, said: error + out }).toEqual({
    code: expect.toSatisfy((c: number) => c === 1 || c === 2),
    said: expect.stringContaining(sentence),
  });
});
