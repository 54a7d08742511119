import { access, mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeFileAtomic } from '@ft/atomic-file';
import { accelerate, selectEngine } from '@ft/engine';
import { InvalidArgumentError } from '@ft/errors';
import { minerRegistry } from '@ft/miners';
import { accuracyReport, cellsCsv } from './accuracy-report.ts';
import type { Cell, CellResult } from './cell.ts';
import { scoreTable, standings, type Reached } from './compare-treatments.ts';
import { criticalDifferenceDiagram } from './critical-difference-diagram.ts';
import { expandGrid, gridSchema, treatmentOf, type Grid } from './grid.ts';
import { presets } from './presets.ts';
import { contentKey } from '../jobs/content-key.ts';
import { executorOf } from '../jobs/executor-of.ts';
import type { Job } from '../jobs/job.ts';
import { resultStore } from '../jobs/result-store.ts';
import { packageVersions } from '../package-versions.ts';
import type { AccuracyOptions } from '../commands/accuracy.ts';

const FAILED = 1;
const say = (text: string) => void process.stdout.write(`${text}\n`);

/**
 * `ft-bench accuracy`: trains what is not known yet, and writes the comparison of all.
 *
 * @param root the package's folder
 */
export async function compareGrid(options: AccuracyOptions, root: URL): Promise<void> {
  const started = Date.now();
  const { name, grid } = await gridOf(options);
  const engine = await selectEngine(options.engine === undefined ? {} : { require: options.engine });
  if (engine.name !== 'wasm') accelerate();
  const cells = expandGrid(grid, { engine: engine.name, versions: versionsOf(engine.version, grid.plugins) });
  const store = await resultStore(join(options.out, 'cells'));
  const jobs = cells.map((cell): Job & { payload: Cell } => ({
    key: contentKey(cell),
    kind: 'cell',
    payload: cell,
  }));
  const known = new Set<string>();
  for (const { key } of jobs) if ((await store.get(key)) !== undefined) known.add(key);
  const open = [...new Map(jobs.filter(({ key }) => !known.has(key)).map((job) => [job.key, job])).values()];
  say(
    `${jobs.length} trainings of ${grid.imagesSeen} images, ${known.size} of them known from ${options.out}.`,
  );

  let done = known.size;
  const abort = new AbortController();
  const interrupt = () => abort.abort(new Error('interrupted'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const failed = await executorOf(options, root).run(
    open,
    async (job, result) => {
      await store.put(job.key, job.payload, result);
      const { accuracy: reachedAccuracy, trainSeconds } = result as CellResult;
      const cell = job.payload as Cell;
      say(
        `[${++done}/${jobs.length}] ${treatmentOf(cell, grid)}, seed ${cell.seed}, fold ${cell.fold}: ` +
          `${reachedAccuracy.toFixed(4)} after ${trainSeconds} s`,
      );
    },
    abort.signal,
  );
  for (const { job, reason } of failed) {
    say(`Failed: ${treatmentOf(job.payload as Cell, grid)}, seed ${(job.payload as Cell).seed}: ${reason}`);
  }
  if (failed.length > 0 || abort.signal.aborted) process.exitCode = FAILED;

  const reached: Reached[] = [];
  for (const { key, payload } of jobs) {
    const result = (await store.get(key)) as CellResult | undefined;
    if (result !== undefined) reached.push({ cell: payload, result });
  }
  if (reached.length === 0) return;
  const seconds = Math.round((Date.now() - started) / 1000);
  await writeResults(join(options.out, name), name, grid, reached, engine.device, seconds);
}

async function writeResults(
  directory: string,
  name: string,
  grid: Grid,
  reached: readonly Reached[],
  device: string,
  seconds: number,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const date = new Date().toISOString();
  const table = scoreTable(reached, grid);
  const board = standings(reached, grid);
  const json = {
    format: 'ft-bench-accuracy-1',
    date,
    device,
    seconds,
    grid,
    leaderboard: board,
    runs: reached,
  };
  await writeFileAtomic(join(directory, 'results.json'), `${JSON.stringify(json, null, 1)}\n`);
  await writeFileAtomic(join(directory, 'results.csv'), cellsCsv(reached, grid));
  await writeFileAtomic(
    join(directory, 'report.html'),
    await accuracyReport(name, grid, reached, { date, device, seconds }),
  );
  if (table !== undefined) {
    await writeFileAtomic(join(directory, 'critical-difference.svg'), criticalDifferenceDiagram(table));
  }
  for (const { treatment, accuracy: reachedAccuracy, deviation, runs } of board) {
    say(`${reachedAccuracy.toFixed(4)} ± ${deviation.toFixed(4)} of ${runs}  ${treatment}`);
  }
  say(`Report: ${join(directory, 'report.html')}`);
}

async function gridOf(options: AccuracyOptions): Promise<{ name: string; grid: Grid }> {
  const { preset, grid: file } = options;
  if ((preset === undefined) === (file === undefined)) {
    throw new InvalidArgumentError({
      where: 'ft-bench accuracy',
      argument: 'the command',
      expected: 'either --preset or --grid',
      got: preset === undefined ? 'neither' : 'both',
    });
  }
  const given = preset === undefined ? parseGrid(await readFile(file!, 'utf8'), file!) : presets[preset]!;
  const data = /^lfw-view[12]$/.test(given.data) ? `${given.data}:${await findLfw(options.lfw)}` : given.data;
  const added = options.miner.map((miner) => ({ name: miner }));
  const grid: Grid = {
    ...given,
    data,
    miners: [...given.miners, ...added],
    plugins: [...new Set([...given.plugins, ...options.plugins])],
    ...(options.seeds === undefined ? {} : { seeds: Array.from({ length: options.seeds }, (_, i) => i + 1) }),
  };
  // A name that is wrong is said before an hour of training rather than after.
  const registry = minerRegistry({ directory: process.cwd(), enabled: grid.plugins });
  for (const { name, options: minerOptions = {} } of grid.miners) await registry.create(name, minerOptions);
  return { name: preset ?? 'grid', grid };
}

function parseGrid(text: string, file: string): Grid {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError({
      where: file,
      argument: 'its text',
      expected: 'JSON',
      got: (error as Error).message,
    });
  }
  const parsed = gridSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new InvalidArgumentError({
    where: file,
    argument: path.join('.') || 'its value',
    expected: 'as docs/bench.md says',
    got: message,
  });
}

async function findLfw(asked: string | undefined): Promise<string> {
  const named = asked ?? process.env['FT_LFW_DIR'];
  if (named !== undefined && named !== '') return resolve(named);
  const usual = resolve('../shared/lfw');
  await access(usual).catch(() => {
    throw new InvalidArgumentError({
      where: 'ft-bench accuracy',
      argument: '--lfw',
      expected: 'a folder or archive of Labeled Faces in the Wild',
      got: 'nothing, and FT_LFW_DIR and ../shared/lfw name none',
    });
  });
  return usual;
}

/** Versions of what a result depends on; those of enabled plugins too. */
function versionsOf(engineVersion: string, plugins: readonly string[]): Record<string, string> {
  const registry = minerRegistry({ directory: process.cwd(), enabled: plugins });
  return {
    engine: engineVersion,
    ...packageVersions(['core-losses', 'datasets', 'engine', 'eval', 'miners', 'models', 'training']),
    ...Object.fromEntries(
      registry
        .list()
        .filter(({ plugin }) => plugin !== undefined && plugins.includes(plugin))
        .map(({ plugin, version: of }) => [plugin!, of!]),
    ),
  };
}
