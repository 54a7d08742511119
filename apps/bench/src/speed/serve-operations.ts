import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Operation, Operations } from './operation.ts';
import { withPeakMemory } from './peak-memory.ts';
import type { WorkerAnswer, WorkerRequest } from './worker-protocol.ts';

/**
 * Answers requests, one at a time, until the input ends.
 *
 * @param versions what the answer to `hello` says
 */
export async function serveOperations(
  operations: Operations,
  versions: Readonly<Record<string, string>>,
  { input, output }: { input: Readable; output: Writable },
): Promise<void> {
  const open = new Map<number, Operation>();
  let last = 0;
  const answer = async (request: WorkerRequest): Promise<Omit<WorkerAnswer, 'id'>> => {
    if (request.do === 'hello') return { versions };
    if (request.do === 'prepare') {
      const make = operations[request.operation];
      if (make === undefined) return { error: `There is no operation "${request.operation}".` };
      const made = await make(request.parameters);
      open.set(++last, made);
      return { handle: last };
    }
    const operation = open.get(request.handle);
    if (operation === undefined) return { error: `There is no open operation ${request.handle}.` };
    switch (request.do) {
      case 'first': {
        const { result, bytes } = await withPeakMemory(() => timed(operation, 1));
        return { value: result, peakBytes: bytes };
      }
      case 'run':
        return { value: await timed(operation, request.times) };
      case 'close':
        open.delete(request.handle);
        await operation.dispose?.();
        return {};
    }
  };
  for await (const line of createInterface({ input })) {
    const request = JSON.parse(line) as WorkerRequest;
    const reply = await answer(request).catch((error: unknown) => ({
      error: error instanceof Error ? error.message : String(error),
    }));
    output.write(`${JSON.stringify({ id: request.id, ...reply })}\n`);
  }
}

/** Milliseconds of one run, or the mean of what the runs gave. */
async function timed(operation: Operation, times: number): Promise<number> {
  let given: number | undefined;
  const started = performance.now();
  for (let i = 0; i < times; i++) {
    const value = operation.run();
    const result = value instanceof Promise ? await value : value;
    if (typeof result === 'number') given = (given ?? 0) + result;
  }
  return (given ?? performance.now() - started) / times;
}
