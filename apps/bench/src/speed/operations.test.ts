import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { accelerate, selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { dataOperations } from './operations/data-operations.ts';
import { distanceOperations } from './operations/distance-operations.ts';
import { evaluationOperations } from './operations/evaluation-operations.ts';
import { layersOperations } from './operations/layers-operations.ts';
import { lossOperations } from './operations/loss-operations.ts';
import { minerOperations } from './operations/miner-operations.ts';
import { networkOperations } from './operations/network-operations.ts';
import { referenceOperation } from './operations/reference-operation.ts';
import { trainingOperations } from './operations/training-operations.ts';
import { pictures } from './pictures.ts';
import { caseId } from './speed-case.ts';
import { speedCases } from './speed-cases.ts';
import { startWorker } from './start-worker.ts';

const operations = {
  ...dataOperations,
  ...distanceOperations,
  ...evaluationOperations,
  ...layersOperations,
  ...lossOperations,
  ...minerOperations,
  ...networkOperations,
  ...referenceOperation,
  ...trainingOperations,
};
const cases = speedCases(pictures());

beforeAll(async () => {
  await selectEngine();
  accelerate();
});

test('rows have names of their own, and operations that exist on both sides', () => {
  const ids = cases.map(caseId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { operation, against } of cases) {
    expect(operations).toHaveProperty([operation]);
    expect(operations).toHaveProperty([against?.operation ?? operation]);
  }
});

/** The same row, as small as it can be. */
const small = { batch: 8, rows: 40, images: 4, people: 40, probes: 10, size: 32 };
const cheap = cases.filter(
  ({ operation, parameters }) =>
    !['decode', 'cached batches', 'layers step'].includes(operation) &&
    !['mobile-face-net', 'dlib'].includes(String(parameters['network'])),
);
const once = new Map(
  cheap.map(({ operation, parameters }) => {
    const key = `${operation} ${String(parameters['name'] ?? parameters['measure'] ?? '')}`.trim();
    return [key, { operation, parameters: { ...parameters, ...small } }] as const;
  }),
);

test.each([...once])(
  '%s runs again and again, and leaves no tensor',
  async (_name, { operation, parameters }) => {
    const before = tf.memory().numTensors;
    const made = await operations[operation]!(parameters);
    await made.run();
    const between = tf.memory().numTensors;
    await made.run();
    expect(tf.memory().numTensors).toBe(between);
    await made.dispose?.();
    expect(tf.memory().numTensors).toBe(before);
  },
);

test('the peer says what it has, and what it lacks', async (context) => {
  const python = process.env['FT_BENCH_PYTHON'] ?? 'python3';
  if (spawnSync(python, ['--version']).status !== 0) context.skip('there is no Python here');
  const peer = fileURLToPath(new URL('../../peers/peer.py', import.meta.url));
  const worker = await startWorker('The peer', python, [peer], { env: process.env, limitSeconds: 60 });
  onTestFinished(() => worker.stop());
  expect(worker.versions).toHaveProperty('python');
  const said = await worker.prepare('view 2', {}).then(
    () => 'ready',
    ({ message }: Error) => message,
  );
  expect(said).toMatch('scikit-learn' in worker.versions ? /^ready$/ : /No module named .*requirements\.txt/);
});
