import { fileURLToPath } from 'node:url';
import { jobHandlers } from './handlers.ts';
import type { Executor } from './job.ts';
import { runOnRedis } from './redis-queue.ts';
import { runHere } from './run-here.ts';
import { runInProcesses } from './run-in-processes.ts';

/** Who does the jobs of a command, as its options say. */
export interface ExecutorOptions {
  readonly workers: number;
  readonly redis?: string;
  readonly queue: string;
}

/**
 * Workers of a queue where there is a Redis, or processes of this machine, or this process alone.
 *
 * @param root the package's folder
 */
export function executorOf({ workers, redis, queue }: ExecutorOptions, root: URL): Executor {
  if (redis !== undefined) return runOnRedis({ url: redis, queue });
  if (workers === 1) return runHere(jobHandlers);
  return runInProcesses({ workers, script: fileURLToPath(new URL('bin/ft-bench.js', root)), args: ['work'] });
}
