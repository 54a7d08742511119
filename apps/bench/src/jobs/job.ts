import { FtError } from '@ft/errors';

/** A piece of work that any process can do: plain JSON in, plain JSON out, the same result wherever it runs. */
export interface Job {
  /** Hash of everything that decides the result: two jobs of one key are one. */
  readonly key: string;
  readonly kind: string;
  readonly payload: unknown;
}

/** Does the jobs of each kind. */
export type JobHandlers = Readonly<Record<string, (payload: unknown) => unknown>>;

/** A job that gave no result. */
export interface FailedJob {
  readonly job: Job;
  readonly reason: string;
}

/** Does jobs somewhere. */
export interface Executor {
  /**
   * Does every job.
   *
   * @param jobs each key once
   * @param onResult called once for each job that gave a result, one call at a time
   * @param signal stops waiting; what was handed in stays handed in
   * @returns the jobs that gave none, however often they were tried
   */
  run(
    jobs: readonly Job[],
    onResult: (job: Job, result: unknown) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<readonly FailedJob[]>;
}

/** Jobs cannot be handed out: Redis or its client is not there. */
export class JobQueueError extends FtError {
  static override readonly code: string = 'FT_BENCH_JOB_QUEUE';
}

/** Does a job here. */
export async function doJob(
  handlers: JobHandlers,
  { kind, payload }: Pick<Job, 'kind' | 'payload'>,
): Promise<unknown> {
  const handler = handlers[kind];
  if (handler === undefined) throw new JobQueueError(`This worker knows no jobs of the kind "${kind}".`);
  return await handler(payload);
}

/** What went wrong, in a line. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
