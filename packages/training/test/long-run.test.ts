import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { accelerate, selectEngine } from '@ft/engine';
import { createModel, smallCnn } from '@ft/models';
import { expect, test } from 'vitest';
import { setUp, SIZE } from './scene.ts';
import { constantRate, train } from '../src/index.ts';

/** FT_LONG_RUN=20000 makes it a long test. */
const STEPS = Number(process.env['FT_LONG_RUN'] ?? 200);
const EARLY = STEPS / 20;
/** Steps before EARLY and before STEPS whose memory is compared. */
const WINDOW = EARLY / 10;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test(`${STEPS} steps: the number of tensors and the memory stay as they are`, async () => {
  if ((await selectEngine()).name !== 'wasm') accelerate();
  const tensors = new Set<number>();
  const memory: number[] = [];
  const options = setUp({
    model: createModel(smallCnn({ size: SIZE, width: 0.5, embeddingSize: 8 }), { seed: 7 }),
    steps: STEPS,
    learningRate: constantRate({ peak: 1e-3 }),
    average: { decay: 0.99 },
    onStep: (record) => {
      if (record.step > 1) tensors.add(record.tensors);
      if ([EARLY, STEPS].some((end) => record.step > end - WINDOW && record.step <= end)) collectGarbage();
      memory.push(process.memoryUsage.rss() / 2 ** 20);
    },
  });
  await train(options);
  expect(tensors.size).toBe(1);
  // The allocator decides when memory is given back, so means are compared.
  const around = (step: number) => {
    const steps = memory.slice(step - WINDOW, step);
    return steps.reduce((sum, megabytes) => sum + megabytes) / steps.length;
  };
  const [early, end] = [around(EARLY), around(STEPS)];
  // In a short run everything is still being compiled and cached.
  expect(end - early, `${early} MiB after step ${EARLY}`).toBeLessThan(STEPS < 20_000 ? 20 : 0.03 * early);
}, 7_200_000);
