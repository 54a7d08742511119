import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { accelerate, selectEngine } from '@ft/engine';
import { createModel, smallCnn } from '@ft/models';
import { expect, test } from 'vitest';
import { setUp, SIZE } from './scene.ts';
import { constantRate, train } from '../src/index.ts';

/** FT_LONG_RUN=20000 makes it a long test. */
const STEPS = Number(process.env['FT_LONG_RUN'] ?? 200);
/** A quarter of the steps; memory is compared over as many of its last steps as WINDOW says. */
const QUARTER = STEPS / 4;
const WINDOW = Math.ceil(STEPS / 200);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test(`${STEPS} steps: the number of tensors and the memory stay as they are`, async () => {
  if ((await selectEngine()).name !== 'wasm') accelerate();
  const tensors = new Set<number>();
  /** MiB at the end of each quarter, step by step. */
  const quarters: number[][] = [[], [], [], []];
  const options = setUp({
    model: createModel(smallCnn({ size: SIZE, width: 0.5, embeddingSize: 8 }), { seed: 7 }),
    steps: STEPS,
    learningRate: constantRate({ peak: 1e-3 }),
    average: { decay: 0.99 },
    onStep: (record) => {
      if (record.step > 1) tensors.add(record.tensors);
      const quarter = Math.ceil(record.step / QUARTER);
      if (quarter * QUARTER - record.step >= WINDOW) return;
      collectGarbage();
      quarters[quarter - 1]!.push(process.memoryUsage.rss() / 2 ** 20);
    },
  });
  await train(options);
  expect(tensors.size).toBe(1);
  const means = quarters.map((memory) => memory.reduce((sum, megabytes) => sum + megabytes) / memory.length);
  // A leak grows in every quarter. The allocator may keep or give back tens of MiB at once in any one, so the median counts.
  const growth = [1, 2, 3]
    .map((quarter) => means[quarter]! - means[quarter - 1]!)
    .toSorted((a, b) => a - b)[1]!;
  expect(growth, `MiB at the end of each quarter: ${means.map(Math.round).join(', ')}`).toBeLessThan(
    0.01 * means[0]!,
  );
}, 7_200_000);
