import { Worker } from 'node:worker_threads';

const IMPORT = `
  const { parentPort, workerData } = require('node:worker_threads');
  const done = () => parentPort.postMessage('done');
  import(workerData).then(done, done);
`;

/**
 * Imports a module in a thread of its own, which is ended after: a module that never comes to an end, or ends
 * the process, does so there and not here.
 *
 * @param url the module
 * @param timeLimit milliseconds
 * @returns did the import end, whether well or with an error?
 */
export function rehearseImport(url: string, timeLimit: number): Promise<boolean> {
  const worker = new Worker(IMPORT, { eval: true, workerData: url, stdout: true, stderr: true });
  return new Promise((resolve) => {
    const end = (ended: boolean) => {
      clearTimeout(timer);
      void worker.terminate();
      resolve(ended);
    };
    const timer = setTimeout(() => end(false), timeLimit);
    worker.once('message', () => end(true));
    // An error outside of the import, such as one thrown by a timer, is left for the real import to show.
    worker.once('error', () => end(true));
    worker.once('exit', () => end(false));
  });
}
