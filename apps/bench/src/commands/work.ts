import type { Command } from 'commander';
import { jobHandlers } from '../jobs/handlers.ts';
import { doJob, reasonOf, type Job } from '../jobs/job.ts';
import { workOnRedis } from '../jobs/redis-queue.ts';
import type { WorkerMessage } from '../jobs/run-in-processes.ts';
import { DEFAULT_QUEUE, wholeNumber } from './options.ts';

const say = (text: string) => void process.stdout.write(`${text}\n`);

/** `ft-bench work`: does jobs that come through Redis, or from the process that started it. */
export function addWork(program: Command): void {
  program
    .command('work')
    .description(
      'do jobs that `--redis` of `ft-bench accuracy` and `embed` hands out, on as many machines as you like',
    )
    .option('--redis <url>', 'redis://HOST:PORT (FT_BENCH_REDIS)')
    .option('--queue <name>', 'whose jobs to do', DEFAULT_QUEUE)
    .option(
      '--lock-ms <n>',
      'how long it may be silent until another worker does its job',
      wholeNumber('--lock-ms', 100),
      60_000,
    )
    .action(async ({ redis, queue, lockMs }: { redis?: string; queue: string; lockMs: number }) => {
      const url = redis ?? process.env['FT_BENCH_REDIS'];
      if (url === undefined && process.send !== undefined) {
        serveParent();
        return;
      }
      if (url === undefined) {
        program.error('error: --redis URL is needed, or FT_BENCH_REDIS');
      }
      const close = await workOnRedis(jobHandlers, {
        url,
        queue,
        lockMs,
        onDone: (kind) => say(`Did a ${kind}.`),
      });
      say(`Waiting for jobs of ${queue}.`);
      const leave = () => void close().then(() => process.exit(0));
      process.once('SIGINT', leave).once('SIGTERM', leave);
    });
}

/** Does the jobs that the parent process sends, until it lets go. */
function serveParent(): void {
  process.on('message', async (job: Job) => {
    const answer: WorkerMessage = await doJob(jobHandlers, job).then(
      (result) => ({ key: job.key, result }),
      (error: unknown) => ({ key: job.key, error: reasonOf(error) }),
    );
    process.send!(answer);
  });
  process.once('disconnect', () => process.exit(0));
}
