import { InvalidArgumentError } from '@ft/errors';
import type { StoredTensor } from '@ft/models';
import * as tf from '@tensorflow/tfjs-core';
import type { ParameterUpdate } from './optimizer.ts';

/** What an optimizer keeps for one weight. */
interface Slot<Kind extends string> {
  /** Of the shape of the weight, 0 at the start. */
  readonly variables: Readonly<Record<Kind, tf.Variable>>;
  /** Steps that the weight has made. */
  steps: number;
}

/** The state of an optimizer: some variables and a count of steps for each weight, by name. */
export interface OptimizerSlots<Kind extends string> {
  /** The slot of a weight, made where there is none yet. */
  of(update: ParameterUpdate): Slot<Kind>;
  exportState(): Promise<Map<string, StoredTensor>>;
  importState(state: ReadonlyMap<string, StoredTensor>): void;
  dispose(): void;
}

/** @param where the optimizer's name, for messages */
export function optimizerSlots<Kind extends string>(
  where: string,
  kinds: readonly Kind[],
): OptimizerSlots<Kind> {
  const slots = new Map<string, Slot<Kind>>();
  const make = (from: (kind: Kind) => tf.Tensor, steps: number): Slot<Kind> => {
    const entries = kinds.map((kind) => [kind, tf.tidy(() => tf.variable(from(kind), false))]);
    return { variables: Object.fromEntries(entries), steps };
  };
  const dispose = () => {
    for (const { variables } of slots.values()) tf.dispose(Object.values<tf.Variable>(variables));
    slots.clear();
  };
  return {
    of({ name, value }) {
      let slot = slots.get(name);
      if (slot === undefined) {
        slot = make(() => tf.zeros(value.shape), 0);
        slots.set(name, slot);
      }
      const odd = Object.values<tf.Variable>(slot.variables).find(
        (v) => v.shape.join() !== value.shape.join(),
      );
      if (odd !== undefined) {
        throw new InvalidArgumentError({
          where,
          argument: `the state of "${name}"`,
          expected: `of shape [${value.shape.join(', ')}]`,
          got: odd,
          remedy: 'Resume with the checkpoint of this very model.',
        });
      }
      return slot;
    },
    async exportState() {
      const state = new Map<string, StoredTensor>();
      for (const [name, { variables, steps }] of slots) {
        state.set(`steps/${name}`, { shape: [], data: Int32Array.of(steps) });
        for (const kind of kinds) {
          // A copy: some backends hand out a view of memory that the next assignment reuses.
          const data = Float32Array.from(await variables[kind].data<'float32'>());
          state.set(`${kind}/${name}`, { shape: variables[kind].shape, data });
        }
      }
      return state;
    },
    importState(state) {
      dispose();
      for (const [key, { data }] of state) {
        if (!key.startsWith('steps/')) continue;
        const name = key.slice('steps/'.length);
        const stored = (kind: Kind) => {
          const tensor = state.get(`${kind}/${name}`);
          if (tensor !== undefined) return tf.tensor(tensor.data, [...tensor.shape], 'float32');
          throw new InvalidArgumentError({
            where: `${where}.importState`,
            argument: `state "${kind}/${name}"`,
            expected: 'there',
            got: undefined,
            remedy: `Resume with the optimizer that the checkpoint was made with.`,
          });
        };
        slots.set(name, make(stored, data[0]!));
      }
    },
    dispose,
  };
}
