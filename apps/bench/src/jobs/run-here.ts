import { doJob, reasonOf, type Executor, type FailedJob, type JobHandlers } from './job.ts';

/** Does the jobs in this process, one after another. */
export function runHere(handlers: JobHandlers): Executor {
  return {
    async run(jobs, onResult, signal) {
      const failed: FailedJob[] = [];
      for (const job of jobs) {
        if (signal?.aborted === true) break;
        try {
          await onResult(job, await doJob(handlers, job));
        } catch (error) {
          failed.push({ job, reason: reasonOf(error) });
        }
      }
      return failed;
    },
  };
}
