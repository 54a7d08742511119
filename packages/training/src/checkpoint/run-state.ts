import type { EmbeddingModel, StoredTensor } from '@ft/models';
import type * as tf from '@tensorflow/tfjs-core';
import type { Optimizer } from '../optimizers/optimizer.ts';
import type { WeightAverage } from '../weight-average.ts';
import { CheckpointError, type Checkpoint } from './checkpoint.ts';
import { exportVariables } from './export-variables.ts';
import { importVariables } from './import-variables.ts';
import type { Resumable } from './resumable.ts';

/** All of a run that changes while it trains. */
export interface RunState {
  readonly model: EmbeddingModel;
  readonly objectiveVariables: ReadonlyMap<string, tf.Variable>;
  readonly optimizer: Optimizer;
  readonly average: WeightAverage | undefined;
  /** Samplers, random streams, schedules, memories... by name. */
  readonly parts: Readonly<Record<string, Resumable>>;
}

/** Copies a run's state to the host. */
export async function exportRun(run: RunState, step: number): Promise<Checkpoint> {
  const tensors = new Map<string, StoredTensor>();
  const add = (prefix: string, some: ReadonlyMap<string, StoredTensor>) => {
    for (const [name, tensor] of some) tensors.set(`${prefix}/${name}`, tensor);
  };
  add('model', await exportVariables(run.model.weights));
  add('objective', await exportVariables(run.objectiveVariables));
  add('optimizer', await run.optimizer.exportState());
  if (run.average !== undefined) add('average', await run.average.exportState());
  const state = Object.fromEntries(Object.entries(run.parts).map(([name, part]) => [name, part.state()]));
  return { step, tensors, state };
}

/**
 * Goes back to a checkpoint.
 *
 * @throws CheckpointError where it has no state of a part; and what the parts throw
 */
export function importRun(run: RunState, { tensors, state, step }: Checkpoint): void {
  const lacking = Object.keys(run.parts).find((name) => !(name in state));
  if (lacking !== undefined) {
    throw new CheckpointError(
      `The checkpoint of step ${step} has no state of "${lacking}". Resume with the options that it was made with.`,
    );
  }
  importVariables('train', run.model.weights, section(tensors, 'model/'));
  importVariables('train', run.objectiveVariables, section(tensors, 'objective/'));
  run.optimizer.importState(section(tensors, 'optimizer/'));
  run.average?.importState(section(tensors, 'average/'));
  for (const [name, part] of Object.entries(run.parts)) part.restore(state[name]);
}

function section(tensors: ReadonlyMap<string, StoredTensor>, prefix: string): Map<string, StoredTensor> {
  const found = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), tensor);
  }
  return found;
}
