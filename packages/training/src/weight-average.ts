import { InvalidArgumentError } from '@ft/errors';
import type { StoredTensor } from '@ft/models';
import * as tf from '@tensorflow/tfjs-core';
import { exportVariables } from './checkpoint/export-variables.ts';
import { importVariables } from './checkpoint/import-variables.ts';

/** The key of the count of steps in the state, beside the names of the weights. */
const STEPS = '#steps';

/** A running average of weights: often better than the weights of any one step. */
export interface WeightAverage {
  /** Takes in the weights after a step. */
  update(): void;
  /** Puts the average in the place of the weights; call it again to put the weights back. */
  swap(): void;
  exportState(): Promise<Map<string, StoredTensor>>;
  importState(state: ReadonlyMap<string, StoredTensor>): void;
  dispose(): void;
}

/**
 * The exponential moving average of weights. Batch-norm statistics are averaged with them.
 *
 * In early steps the decay is (1 + steps) / (10 + steps), where that is less, so that the start is soon forgotten.
 *
 * @param weights by name
 * @param options `decay`: share of the average kept in a step, in [0, 1)
 * @throws InvalidArgumentError where the decay is out of range
 * @see Polyak and Juditsky, "Acceleration of stochastic approximation by averaging" (1992)
 */
export function averageWeights(
  weights: ReadonlyMap<string, tf.Variable>,
  { decay }: { readonly decay: number },
): WeightAverage {
  if (!(decay >= 0 && decay < 1)) {
    throw new InvalidArgumentError({
      where: 'averageWeights',
      argument: 'decay',
      expected: 'a number in [0, 1)',
      got: decay,
    });
  }
  const averages = new Map(
    [...weights].map(([name, weight]) => [name, tf.tidy(() => tf.variable(tf.clone(weight), false))]),
  );
  let steps = 0;
  return {
    update() {
      steps += 1;
      const share = 1 - Math.min(decay, (1 + steps) / (10 + steps));
      tf.tidy(() => {
        for (const [name, average] of averages) {
          average.assign(tf.add(average, tf.mul(tf.sub(weights.get(name)!, average), share)));
        }
      });
    },
    swap() {
      tf.tidy(() => {
        for (const [name, average] of averages) {
          const weight = weights.get(name)!;
          const [newWeight, newAverage] = [tf.clone(average), tf.clone(weight)];
          weight.assign(newWeight);
          average.assign(newAverage);
        }
      });
    },
    async exportState() {
      const state = await exportVariables(averages);
      return state.set(STEPS, { shape: [], data: Int32Array.of(steps) });
    },
    importState(state) {
      importVariables('averageWeights', averages, state);
      steps = state.get(STEPS)!.data[0]!;
    },
    dispose() {
      for (const average of averages.values()) average.dispose();
    },
  };
}
