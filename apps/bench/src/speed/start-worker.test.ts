import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { serveOperations } from './serve-operations.ts';
import { startWorker, type Worker } from './start-worker.ts';

/** A worker of a few lines, which prints rubbish between its answers. */
const script = `
  let count = 0;
  let stuck = false;
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, do: what, operation } = JSON.parse(line);
    console.log('a native library says hello');
    if (operation === 'stuck') stuck = true;
    if (stuck && what === 'run') return;
    if (operation === 'crash') { console.error('boom'); process.exit(7); }
    const answers = {
      hello: { versions: { fake: '1' } },
      prepare: operation === 'absent' ? { missing: 'No module named absent' } : { handle: 1 },
      first: { value: 2, peakBytes: 3 },
      run: { value: what === 'run' ? ++count : 0 },
      close: {},
    };
    console.log(JSON.stringify({ id, ...answers[what] }));
  });
`;

async function start(): Promise<Worker> {
  const worker = await startWorker('The fake', process.execPath, ['-e', script], {
    env: process.env,
    limitSeconds: 20,
  });
  onTestFinished(() => worker.stop());
  return worker;
}

test('operations are prepared and run in the worker, whatever else it prints', async () => {
  const worker = await start();
  expect(worker.versions).toEqual({ fake: '1' });
  const operation = await worker.prepare('anything', { batch: 1 });
  expect(await operation.first()).toEqual({ value: 2, peakBytes: 3 });
  expect([await operation.run(1), await operation.run(1)]).toEqual([1, 2]);
  await operation.close();
});

test('what is missing is said, and the worker goes on', async () => {
  const worker = await start();
  await expect(worker.prepare('absent', {})).rejects.toThrow('The fake: No module named absent');
  expect(worker.alive()).toBe(true);
  await worker.prepare('anything', {});
});

test('a worker that ends takes what waits with it, with its last words', async () => {
  const worker = await start();
  await expect(worker.prepare('crash', {})).rejects.toThrow('The fake ended (code 7): boom.');
  expect(worker.alive()).toBe(false);
  await expect(worker.prepare('anything', {})).rejects.toThrow('The fake ended');
});

test('an answer that takes too long ends the worker', async () => {
  const worker = await startWorker('The slow', process.execPath, ['-e', script], {
    env: process.env,
    limitSeconds: 0.2,
  });
  onTestFinished(() => worker.stop());
  const operation = await worker.prepare('anything', {});
  await operation.run(1);
  const stuck = await worker.prepare('stuck', {});
  await expect(stuck.run(1)).rejects.toThrow('The slow took longer than 0.2 s');
  expect(worker.alive()).toBe(false);
  await expect(operation.run(1)).rejects.toThrow('The slow took longer');
});

test('a command that is not there is one sentence', async () => {
  await expect(startWorker('The peer', '/no/such/python', [], { env: {}, limitSeconds: 1 })).rejects.toThrow(
    'The peer could not be started (spawn /no/such/python ENOENT)',
  );
});

test('our side answers each request, errors included, and gives what an operation gives in place of its time', async () => {
  const input = new PassThrough();
  const output = new PassThrough();
  let disposed = 0;
  const serving = serveOperations(
    {
      share: () => ({ run: () => 0.25, dispose: () => void disposed++ }),
      slow: () => ({ run: () => new Promise<void>((resolve) => setTimeout(resolve, 20)) }),
      broken: () => {
        throw new Error('no such network');
      },
    },
    { node: '1' },
    { input, output },
  );
  const requests = [
    { do: 'hello' },
    { do: 'prepare', operation: 'share', parameters: {} },
    { do: 'run', handle: 1, times: 3 },
    { do: 'close', handle: 1 },
    { do: 'run', handle: 1, times: 1 },
    { do: 'prepare', operation: 'broken', parameters: {} },
    { do: 'prepare', operation: 'none', parameters: {} },
    { do: 'prepare', operation: 'slow', parameters: {} },
    { do: 'first', handle: 2 },
  ];
  requests.forEach((request, id) => input.write(`${JSON.stringify({ id, ...request })}\n`));
  input.end();
  await serving;
  output.end();
  const answers = (await text(output))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: number; value?: number });
  expect(answers.slice(0, 8)).toEqual([
    { id: 0, versions: { node: '1' } },
    { id: 1, handle: 1 },
    { id: 2, value: 0.25 },
    { id: 3 },
    { id: 4, error: 'There is no open operation 1.' },
    { id: 5, error: 'no such network' },
    { id: 6, error: 'There is no operation "none".' },
    { id: 7, handle: 2 },
  ]);
  expect(disposed).toBe(1);
  expect(answers[8]!.value).toBeGreaterThan(15);
});
