import { accelerate, selectEngine } from '@ft/engine';
import { createModel } from '@ft/models';
import { trainingSteps } from './operations/network-operations.ts';
import { referenceNetwork } from './operations/reference-network.ts';
import { median } from './quantile.ts';
import type { StepsOptions } from '../commands/steps.ts';

const FAILED = 1;
const LEAST_STEPS = 5;

const print = (event: string, figures: object) =>
  void process.stdout.write(`${JSON.stringify({ event, ...figures })}\n`);

/**
 * `ft-bench steps`: the engine's device, then for each batch size the milliseconds of the first step, which compiles
 * what the engine needs, the median of the others, and the loss of the first and last. A batch that fails, as one that
 * is too large for the memory does, is told as an error, and the next one is tried.
 */
export async function measureSteps({ engine: name, batches, size, seconds }: StepsOptions): Promise<void> {
  const engine = await selectEngine(name === undefined ? {} : { require: name });
  if (engine.name !== 'wasm') accelerate();
  print('adapter', {
    engine: engine.name,
    version: engine.version,
    device: engine.device,
    node: process.version,
  });
  for (const batch of batches) {
    try {
      print('steps', { batch, size, ...(await timeSteps(batch, size, seconds)) });
    } catch (error) {
      print('error', { batch, size, message: (error as Error).message });
      process.exitCode = FAILED;
    }
  }
}

async function timeSteps(batch: number, size: number, seconds: number) {
  const training = trainingSteps(createModel(referenceNetwork(size), { seed: 1 }), batch);
  try {
    const losses: number[] = [];
    const times: number[] = [];
    const began = performance.now();
    while (times.length <= LEAST_STEPS || performance.now() - began < 1000 * seconds) {
      const started = performance.now();
      losses.push(await training.step());
      times.push(performance.now() - started);
    }
    const [first, ...others] = times;
    const ms = median(others);
    return {
      steps: times.length,
      firstMs: round(first!),
      ms: round(ms),
      imagesPerSecond: round((1000 * batch) / ms),
      loss: { first: losses[0], last: losses.at(-1) },
    };
  } finally {
    training.dispose();
  }
}

const round = (value: number) => Number(value.toPrecision(4));
