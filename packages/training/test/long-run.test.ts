import { accelerate, selectEngine } from '@ft/engine';
import { expect, test } from 'vitest';
import { setUp } from './scene.ts';
import { constantRate, train } from '../src/index.ts';

/** FT_LONG_RUN=10000 makes it a long test. */
const STEPS = Number(process.env['FT_LONG_RUN'] ?? 200);

test(`${STEPS} steps: the number of tensors and the memory stay as they are`, async () => {
  if ((await selectEngine()).name !== 'wasm') accelerate();
  const tensors = new Set<number>();
  const memory: number[] = [];
  const options = setUp({
    steps: STEPS,
    learningRate: constantRate({ peak: 1e-3 }),
    average: { decay: 0.99 },
    onStep: (record) => {
      if (record.step > 1) tensors.add(record.tensors);
      if (record.step % (STEPS / 10) === 0) memory.push(process.memoryUsage().rss / 2 ** 20);
    },
  });
  await train(options);
  expect(tensors.size).toBe(1);
  // The collector decides when memory is given back, so only the second half is compared, and not closely.
  const [middle, end] = [Math.max(...memory.slice(3, 6)), Math.min(...memory.slice(-3))];
  expect(end - middle).toBeLessThan(40);
}, 1_200_000);
