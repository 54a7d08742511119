import { createHash } from 'node:crypto';
import type { EngineName } from '@ft/engine';
import { cellSchema } from '../accuracy/cell.ts';
import { shardSchema } from '../embed/shard.ts';
import type { JobHandlers } from './job.ts';

let selected: Promise<string> | undefined;

/** Every kind of job there is. */
export const jobHandlers: JobHandlers = {
  /** One training of a grid. */
  async cell(payload) {
    const cell = cellSchema.parse(payload);
    await useEngine(cell.engine);
    // Here, so that a worker is ready before it needs an engine.
    const { runCell } = await import('../accuracy/run-cell.ts');
    return runCell(cell);
  },
  /** The embeddings of a part of a data set. */
  async shard(payload) {
    const shard = shardSchema.parse(payload);
    await useEngine(shard.engine);
    const { embedShard } = await import('../embed/embed-shard.ts');
    return embedShard(shard);
  },
  /** A chain of hashes: work of a known size and result, to try out workers with. */
  async checksum(payload) {
    const { seed, rounds } = payload as { seed: number; rounds: number };
    let value = String(seed);
    for (let i = 0; i < rounds; i++) {
      value = createHash('sha256').update(value).digest('hex');
      // As a training does between two steps: the worker has to say that it is alive.
      if (i % 2000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return value;
  },
};

/** The first job of a process chooses its engine; a command has one engine. */
function useEngine(name: EngineName): Promise<string> {
  selected ??= select(name);
  return selected;
}

async function select(name: EngineName): Promise<string> {
  const { accelerate, selectEngine } = await import('@ft/engine');
  const engine = await selectEngine({ require: name });
  if (engine.name !== 'wasm') accelerate();
  return engine.name;
}
