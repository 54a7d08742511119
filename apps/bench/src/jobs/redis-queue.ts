import type { Job as RedisJob, Queue, Worker } from 'bullmq';
import {
  doJob,
  JobQueueError,
  reasonOf,
  type Executor,
  type FailedJob,
  type Job,
  type JobHandlers,
} from './job.ts';

export interface RedisOptions {
  /** `redis://HOST:PORT`. */
  readonly url: string;
  /** Workers take the jobs of the queue of this name. */
  readonly queue: string;
}

/** How quickly a queue notices that a worker is gone. */
export interface RedisTimes {
  /** A worker that has not been heard of for so long has lost its job; no job may block it longer. Default 60 s. */
  readonly lockMs?: number;
  /** How often finished jobs are gathered. Default 1 s. */
  readonly gatherMs?: number;
}

/** A job is done again after its worker was lost, so many times at most. */
const LOSSES = 20;
/** Jobs may have vanished with a Redis that lost its disk: those still waited for are handed in again so often. */
const GATHERINGS_A_HANDING_IN = 10;

/**
 * Hands the jobs to workers on any machine, through BullMQ on Redis, and gathers their results.
 *
 * A job's id is its key, so that handing it in twice, by two commands or after Redis was restarted, is the same job.
 * A result is gathered once, and only then does the job leave Redis. Workers come and go as they like.
 *
 * @throws JobQueueError where the optional package `bullmq` is not installed
 */
export function runOnRedis(options: RedisOptions & RedisTimes): Executor {
  const { queue: name, gatherMs = 1000 } = options;
  return {
    async run(jobs, onResult, signal) {
      const bullmq = await loadBullmq();
      const queue = new bullmq.Queue(name, { connection: connectionTo(options) });
      // Redis may go away and come back; whoever waits for it, waits.
      queue.on('error', () => {});
      const pending = new Map(jobs.map((job) => [job.key, job]));
      const failed: FailedJob[] = [];
      const stopped = () => signal?.aborted === true;
      try {
        for (let gathering = 0; pending.size > 0 && !stopped(); gathering++) {
          if (gathering % GATHERINGS_A_HANDING_IN === 0) await handIn(queue, [...pending.values()]);
          for (const finished of await queue.getJobs(['completed', 'failed'])) {
            const job = pending.get(finished?.id ?? '');
            if (job === undefined) continue;
            if (finished.finishedOn === undefined) continue;
            if (finished.failedReason === undefined || finished.failedReason === '') {
              await onResult(job, (finished.returnvalue as { result: unknown }).result);
            } else {
              failed.push({ job, reason: finished.failedReason });
            }
            pending.delete(job.key);
            await finished.remove();
          }
          if (pending.size > 0) await new Promise((resolve) => setTimeout(resolve, gatherMs));
        }
        return failed;
      } finally {
        await queue.close();
      }
    },
  };
}

async function handIn(queue: Queue, jobs: readonly Job[]): Promise<void> {
  await queue.addBulk(
    jobs.map(({ key, kind, payload }) => ({
      name: kind,
      data: { payload },
      opts: { jobId: key, attempts: 3, backoff: { type: 'fixed', delay: 1000 } },
    })),
  );
}

/**
 * Takes jobs of a queue, one at a time, until it is closed. Where a worker dies, or loses Redis for longer than
 * `lockMs`, another one does its job.
 *
 * @returns closes the worker once its job is done
 * @throws JobQueueError where the optional package `bullmq` is not installed
 */
export async function workOnRedis(
  handlers: JobHandlers,
  {
    queue: name,
    lockMs = 60_000,
    ...options
  }: RedisOptions & RedisTimes & { onDone?: (kind: string) => void },
): Promise<() => Promise<void>> {
  const bullmq = await loadBullmq();
  const worker: Worker = new bullmq.Worker(
    name,
    async (job: RedisJob) => {
      try {
        const result = await doJob(handlers, { kind: job.name, payload: (job.data as Job).payload });
        options.onDone?.(job.name);
        // Wrapped, because a result may be null or missing.
        return { result };
      } catch (error) {
        // It would fail again.
        throw new bullmq.UnrecoverableError(reasonOf(error));
      }
    },
    {
      connection: connectionTo(options),
      concurrency: 1,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      maxStalledCount: LOSSES,
      runRetryDelay: 1000,
    },
  );
  worker.on('error', () => {});
  return () => worker.close();
}

function connectionTo({ url }: Pick<RedisOptions, 'url'>) {
  return {
    url,
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => Math.min(1000, 50 * times),
  };
}

async function loadBullmq(): Promise<typeof import('bullmq')> {
  try {
    return await import('bullmq');
  } catch (error) {
    throw new JobQueueError(
      `The package bullmq cannot be loaded (${reasonOf(error)}). Install it with its client: npm install bullmq ioredis.`,
    );
  }
}
