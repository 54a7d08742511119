import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '@ft/atomic-file';
import { InvalidArgumentError } from '@ft/errors';
import type { ScalingOptions } from '../commands/scaling.ts';
import { idPattern } from '../speed/id-pattern.ts';
import { pictures } from '../speed/pictures.ts';
import { startWorker, type Worker } from '../speed/start-worker.ts';
import { growthOf } from './growth.ts';
import { scalingSeries, type ScalingSeries } from './scaling-series.ts';

/** What one size cost. */
interface Point {
  readonly size: number;
  readonly ms: number;
  /** On top of what the process held; null where the system does not tell. */
  readonly peakBytes: number | null;
}

/** A size is run again until it has taken so long, and so often at most. */
const SECONDS = 3;
const MOST_RUNS = 50;
/** A graph of a million rows takes a quarter of an hour. */
const LIMIT_SECONDS = 7200;

const say = (text: string) => void process.stdout.write(`${text}\n`);
const idOf = ({ name, variable }: ScalingSeries, size: number) => `${name} ${variable}=${size}`;

/**
 * `ft-bench scaling`: times every series at its sizes, each size in turn, and fits how it grows.
 *
 * @param root the package's folder
 */
export async function measureScaling(options: ScalingOptions, root: URL): Promise<void> {
  const drawn = pictures();
  const wanted = options.only === undefined ? undefined : idPattern(options.only);
  const chosen = scalingSeries(drawn)
    .map((series) => ({
      ...series,
      sizes: series.sizes.filter(
        (size) => size <= (options.upTo ?? Infinity) && (wanted?.test(idOf(series, size)) ?? true),
      ),
    }))
    .filter(({ sizes }) => sizes.length > 0);
  if (chosen.length === 0) {
    throw new InvalidArgumentError({
      where: 'ft-bench scaling',
      argument: '--only',
      expected: 'part of the name of a size',
      got: options.only,
      remedy: 'ft-bench scaling --list names them.',
    });
  }
  if (options.list === true) {
    for (const series of chosen) for (const size of series.sizes) say(idOf(series, size));
    return;
  }
  const threads = String(options.threads);
  const engine = options.engine === undefined ? [] : ['--engine', options.engine];
  const script = fileURLToPath(new URL('bin/ft-bench.js', root));
  try {
    if (chosen.some(({ operation }) => operation === 'cached batches')) await drawn.draw();
    const measured: { series: ScalingSeries; points: Point[] }[] = [];
    for (const series of chosen) {
      // A process each: what one series leaves behind is not the next one's memory.
      const worker = await startWorker(
        'The worker',
        process.execPath,
        [script, 'serve-operations', ...engine],
        {
          env: {
            ...process.env,
            OMP_NUM_THREADS: threads,
            TF_NUM_INTRAOP_THREADS: threads,
            TF_CPP_MIN_LOG_LEVEL: '2',
          },
          limitSeconds: LIMIT_SECONDS,
        },
      );
      try {
        const points: Point[] = [];
        for (const size of series.sizes) {
          const point = await measure(worker, series, size);
          points.push(point);
          say(`${idOf(series, size)}: ${describe(point)}`);
        }
        measured.push({ series, points });
      } finally {
        worker.stop();
      }
    }
    const lines = measured.map(({ series, points }) => row(series, points));
    const table = [
      '| what | sizes | time | fitted | last step | memory at the largest |',
      '| --- | --- | --- | --- | --- | --- |',
      ...lines,
    ].join('\n');
    say(table);
    if (options.markdown !== undefined) await writeFileAtomic(options.markdown, `${table}\n`);
    if (options.json !== undefined) {
      const json = measured.map(({ series: { name, variable }, points }) => ({ name, variable, points }));
      await writeFileAtomic(options.json, `${JSON.stringify(json, null, 1)}\n`);
    }
  } finally {
    await drawn.dispose();
  }
}

/** The least of several runs, since what else the machine does only adds; the first one's memory. */
async function measure(worker: Worker, series: ScalingSeries, size: number): Promise<Point> {
  const operation = await worker.prepare(series.operation, series.parameters(size));
  try {
    const { value, peakBytes } = await operation.first();
    let [least, spent] = [value, value];
    for (let run = 0; run < MOST_RUNS && spent < 1000 * SECONDS; run++) {
      const ms = await operation.run(1);
      least = Math.min(least, ms);
      spent += ms;
    }
    return { size, ms: least, peakBytes };
  } finally {
    await operation.close();
  }
}

function describe({ ms, peakBytes }: Point): string {
  return `${time(ms)}, ${memory(peakBytes)}`;
}

function row({ name, variable }: ScalingSeries, points: readonly Point[]): string {
  const sizes = points.map(({ size }) => size.toLocaleString('en')).join(' / ');
  const times = points.map(({ ms }) => time(ms)).join(' / ');
  const growth = points.length < 2 ? undefined : growthOf(points.map(({ size, ms }) => [size, ms]));
  const power = (exponent: number | undefined) =>
    exponent === undefined ? '' : `${variable}^${exponent.toFixed(2)}`;
  return `| ${name} | ${variable} = ${sizes} | ${times} | ${power(growth?.fitted)} | ${power(growth?.last)} | ${memory(points.at(-1)!.peakBytes)} |`;
}

const time = (ms: number) =>
  ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
const memory = (bytes: number | null) => (bytes === null ? '?' : `${Math.round(bytes / 2 ** 20)} MiB`);
