import { fork, type ChildProcess } from 'node:child_process';
import type { Executor, FailedJob, Job } from './job.ts';

/** What a worker process answers. */
export type WorkerMessage =
  | { readonly key: string; readonly result: unknown }
  | { readonly key: string; readonly error: string };

export interface ProcessOptions {
  readonly workers: number;
  /** The script of this program and the arguments that make it a worker. */
  readonly script: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** Tries of a job whose worker died; a job that throws is not tried again, because it would throw again. */
const TRIES = 5;

/** Does the jobs in several processes of this machine. A process that dies is replaced, and its job done again. */
export function runInProcesses({ workers, script, args, env = process.env }: ProcessOptions): Executor {
  return {
    async run(jobs, onResult, signal) {
      const waiting = [...jobs];
      const tries = new Map<string, number>();
      const failed: FailedJob[] = [];
      let gathering = Promise.resolve();

      /** One worker's place: it holds a process until nothing waits. */
      const place = async () => {
        let child: ChildProcess | undefined;
        try {
          const stopped = () => signal?.aborted === true;
          for (let job = waiting.shift(); job !== undefined && !stopped(); job = waiting.shift()) {
            child ??= fork(script, args, {
              env,
              stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
              execArgv: [],
            });
            const done: Job = job;
            const answer = await ask(child, done, signal);
            if (answer === undefined) {
              child = undefined;
              const times = (tries.get(done.key) ?? 0) + 1;
              tries.set(done.key, times);
              if (times < TRIES) waiting.push(done);
              else failed.push({ job: done, reason: `its worker died ${TRIES} times` });
            } else if ('error' in answer) {
              failed.push({ job: done, reason: answer.error });
            } else {
              gathering = gathering.then(() => onResult(done, answer.result));
              await gathering;
            }
          }
        } finally {
          child?.disconnect();
        }
      };
      await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, place));
      return failed;
    },
  };
}

/** Undefined where the process ended instead of answering, or the signal came first. */
function ask(child: ChildProcess, job: Job, signal?: AbortSignal): Promise<WorkerMessage | undefined> {
  return new Promise((resolve) => {
    const settle = (answer: WorkerMessage | undefined) => {
      child.off('message', onMessage).off('exit', onExit).off('error', onExit);
      signal?.removeEventListener('abort', onAbort);
      resolve(answer);
    };
    const onMessage = (message: unknown) => {
      if ((message as WorkerMessage).key === job.key) settle(message as WorkerMessage);
    };
    const onExit = () => settle(undefined);
    const onAbort = () => {
      child.kill();
      settle(undefined);
    };
    child.on('message', onMessage).once('exit', onExit).once('error', onExit);
    signal?.addEventListener('abort', onAbort);
    child.send(job, (error) => {
      if (error !== null) settle(undefined);
    });
  });
}
