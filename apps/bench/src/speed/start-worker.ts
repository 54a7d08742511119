import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { FtError } from '@ft/errors';
import type { Parameters } from './operation.ts';
import type { WorkerAnswer, WorkerRequest } from './worker-protocol.ts';

/** A worker could not be started, ended, or refused what it was asked. */
export class WorkerFailedError extends FtError {
  static override readonly code: string = 'FT_BENCH_WORKER_FAILED';
}

/** A process that runs operations. */
export interface Worker {
  readonly name: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Can it still be asked? */
  alive(): boolean;
  /** @throws WorkerFailedError where the operation cannot be made, with the reason */
  prepare(operation: string, parameters: Parameters): Promise<RemoteOperation>;
  stop(): void;
}

/** An operation in a worker. */
export interface RemoteOperation {
  /** Runs it the first time. */
  first(): Promise<{ value: number; peakBytes: number | null }>;
  /** Runs it so many times; milliseconds of one. */
  run(times: number): Promise<number>;
  close(): Promise<void>;
}

/** A library of a gigabyte may have to come from a slow disk. */
const START_SECONDS = 180;

/**
 * Starts a worker.
 *
 * @param name for messages
 * @param options.limitSeconds how long one answer may take; a worker that takes longer is ended
 * @throws WorkerFailedError where the command cannot be run or ends before it answers
 */
export async function startWorker(
  name: string,
  command: string,
  args: readonly string[],
  { env, limitSeconds }: { readonly env: NodeJS.ProcessEnv; readonly limitSeconds: number },
): Promise<Worker> {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const waiting = new Map<number, { resolve(answer: WorkerAnswer): void; reject(error: Error): void }>();
  let last = 0;
  let complaint = '';
  let ended: WorkerFailedError | undefined;
  const end = (how: string) => {
    if (ended !== undefined) return;
    ended = new WorkerFailedError(`${name} ${how}.`);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  child.on('error', (error) => end(`could not be started (${error.message})`));
  child.on('exit', (code, signal) => {
    const lastWords = complaint.trim().split('\n').at(-1)!;
    end(`ended (${signal ?? `code ${code}`})${lastWords === '' ? '' : `: ${lastWords}`}`);
  });
  child.stdin.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    // Native libraries may print lines of their own.
    if (!line.startsWith('{')) return;
    const answer = JSON.parse(line) as WorkerAnswer;
    waiting.get(answer.id)?.resolve(answer);
    waiting.delete(answer.id);
  });

  type Asked = WorkerRequest extends infer R ? (R extends WorkerRequest ? Omit<R, 'id'> : never) : never;
  const ask = async (request: Asked, seconds = limitSeconds): Promise<WorkerAnswer> => {
    if (ended !== undefined) throw ended;
    const id = ++last;
    const late = setTimeout(() => {
      end(`took longer than ${seconds} s`);
      child.kill('SIGKILL');
    }, 1000 * seconds);
    const answer = await new Promise<WorkerAnswer>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    }).finally(() => clearTimeout(late));
    const problem = answer.error ?? answer.missing;
    if (problem !== undefined) throw new WorkerFailedError(`${name}: ${problem}`);
    return answer;
  };

  const { versions = {} } = await ask({ do: 'hello' }, START_SECONDS);
  return {
    name,
    versions,
    alive: () => ended === undefined,
    async prepare(operation, parameters) {
      const handle = (await ask({ do: 'prepare', operation, parameters }, START_SECONDS)).handle!;
      return {
        async first() {
          const { value, peakBytes } = await ask({ do: 'first', handle });
          return { value: value!, peakBytes: peakBytes ?? null };
        },
        run: async (times) => (await ask({ do: 'run', handle, times })).value!,
        close: async () => void (await ask({ do: 'close', handle })),
      };
    },
    stop: () => void child.kill(),
  };
}
