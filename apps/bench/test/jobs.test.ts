import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '@ft/random';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobHandlers } from '../src/jobs/handlers.ts';
import type { Executor, Job } from '../src/jobs/job.ts';
import { runOnRedis } from '../src/jobs/redis-queue.ts';
import { runHere } from '../src/jobs/run-here.ts';
import { runInProcesses } from '../src/jobs/run-in-processes.ts';
import { freePort, redisMissing, startRedis, stop } from './redis-server.ts';

// Workers are the command as it is built and installed. FT_BENCH_JOBS=200 is the long version of the last test.
const SCRIPT = fileURLToPath(new URL('../bin/ft-bench.js', import.meta.url));
const JOBS = Number(process.env['FT_BENCH_JOBS'] ?? 24);
const FULL = JOBS >= 200;

const jobs = (count: number, rounds: number): Job[] =>
  Array.from({ length: count }, (_, seed) => ({
    key: createHash('sha256').update(`${seed} ${rounds}`).digest('hex').slice(0, 32),
    kind: 'checksum',
    payload: { seed, rounds },
  }));

const hash = (seed: number) => createHash('sha256').update(String(seed)).digest('hex');

/** Every result that is given, in the order of the jobs, and how often each was given. */
async function gather(executor: Executor, all: readonly Job[]) {
  const results = new Map<string, unknown[]>();
  const failed = await executor.run(all, async ({ key }, result) => {
    results.set(key, [...(results.get(key) ?? []), result]);
  });
  return { failed, results: all.map(({ key }) => results.get(key) ?? []) };
}

test('here, one after another, a job that throws or is unknown leaves the others alone', async () => {
  const [first, second] = jobs(2, 1);
  const broken = { key: 'b', kind: 'checksum', payload: null };
  const unknown = { key: 'u', kind: 'cook', payload: {} };
  const { failed, results } = await gather(runHere(jobHandlers), [first!, broken, unknown, second!]);
  expect(failed.map(({ job }) => job.key)).toEqual(['b', 'u']);
  expect(failed[1]!.reason).toBe('This worker knows no jobs of the kind "cook".');
  expect(results).toEqual([[hash(0)], [], [], [hash(1)]]);
});

test('an aborted run starts no further job', async () => {
  const abort = new AbortController();
  let done = 0;
  await runHere(jobHandlers).run(
    jobs(5, 1),
    async () => {
      done += 1;
      if (done === 2) abort.abort();
    },
    abort.signal,
  );
  expect(done).toBe(2);
});

test('in processes, the results are those of one process', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const all = jobs(30, 50);
  const executor = runInProcesses({ workers: 2, script: SCRIPT, args: ['work'] });
  expect(await gather(executor, all)).toEqual(await gather(runHere(jobHandlers), all));
  process.off('warning', onWarning);
  // A listener left behind by each job would be warned of.
  expect(warnings).toEqual([]);
});

test('a worker process that always dies is given up, with the job that it died of', async () => {
  const script = join(tmpdir(), `ft-bench-dies-${process.pid}.cjs`);
  await writeFile(script, "process.once('message', () => process.exit(1));");
  const { failed } = await gather(runInProcesses({ workers: 1, script, args: [] }), jobs(1, 1));
  await rm(script);
  expect(failed).toMatchObject([{ reason: 'its worker died 5 times' }]);
});

const RESULTS_BETWEEN_KILLS = 6;

describe.skipIf(redisMissing)(`on Redis${redisMissing ? ' (redis-server is not installed)' : ''}`, () => {
  let folder: string;
  let port: number;
  let redis: ChildProcess;
  const running = new Set<ChildProcess>();
  const ready = new Set<ChildProcess>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ft-bench-redis-'));
    port = await freePort();
    redis = await startRedis(folder, port);
  });
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await stop(redis);
    await rm(folder, { recursive: true, force: true });
  });

  /** A worker that takes the place of the one it replaces. */
  function startWorker(queue: string): ChildProcess {
    const args = [
      SCRIPT,
      'work',
      '--redis',
      `redis://127.0.0.1:${port}`,
      '--queue',
      queue,
      '--lock-ms',
      '4000',
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    running.add(child);
    child.stdout.once('data', () => ready.add(child));
    child.once('exit', () => {
      running.delete(child);
      ready.delete(child);
    });
    return child;
  }

  test('a job that throws is told, with its reason, beside the results of the others', async () => {
    startWorker('pair');
    const all = jobs(6, 10);
    const unknown = { key: 'unknown', kind: 'cook', payload: {} };
    const executor = runOnRedis({ url: `redis://127.0.0.1:${port}`, queue: 'pair', gatherMs: 100 });
    const { failed, results } = await gather(executor, [...all, unknown]);
    expect(failed).toMatchObject([{ job: unknown, reason: 'This worker knows no jobs of the kind "cook".' }]);
    expect(results.slice(0, 6)).toEqual((await gather(runHere(jobHandlers), all)).results);
    for (const child of running) child.kill();
  });

  test(
    `${JOBS} jobs over 4 workers, workers killed and Redis restarted twice: every result once, equal to one process`,
    { timeout: FULL ? 3_600_000 : 900_000 },
    async () => {
      const all = jobs(JOBS, FULL ? 100_000 : 40_000);
      for (let i = 0; i < 4; i++) startWorker('storm');
      const random = createRandom(1);
      let kills = 0;
      const gathered = new Map<string, unknown[]>();
      // After every few results, so that a fast machine sees kills and a slow one gets somewhere.
      const kill = () => {
        [...ready][random.int(ready.size)]?.kill('SIGKILL');
        startWorker('storm');
        kills += 1;
      };
      let restarts = 0;
      const executor = runOnRedis({ url: `redis://127.0.0.1:${port}`, queue: 'storm', gatherMs: 200 });
      const failed = await executor.run(all, async ({ key }, result) => {
        gathered.set(key, [...(gathered.get(key) ?? []), result]);
        if (gathered.size >= (kills + 1) * RESULTS_BETWEEN_KILLS) kill();
        // After a third and after two thirds of the results.
        if (restarts < 2 && gathered.size >= ((restarts + 1) * JOBS) / 3) {
          restarts += 1;
          await stop(redis);
          redis = await startRedis(folder, port);
        }
      });
      expect(failed).toEqual([]);
      expect(restarts).toBe(2);
      expect(kills).toBeGreaterThan(0);
      const expected = await gather(runHere(jobHandlers), all);
      expect(all.map(({ key }) => gathered.get(key))).toEqual(expected.results);
    },
  );
});
