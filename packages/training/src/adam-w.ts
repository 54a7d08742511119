import { InvalidArgumentError } from '@ft/errors';
import type { EmbeddingModel, StoredTensor } from '@ft/models';
import * as tf from '@tensorflow/tfjs-core';

/** An optimizer whose state belongs to weights by name, so that it can be saved and the list of weights can change. */
export interface Optimizer {
  /**
   * Moves the weights one step.
   *
   * @param gradients by the weight's name; a weight without one stays as it is
   * @param learningRate of this step
   */
  apply(gradients: ReadonlyMap<string, tf.Tensor>, learningRate: number): void;
  exportState(): Map<string, StoredTensor>;
  /** @throws InvalidArgumentError where the state is not that of these weights */
  importState(state: ReadonlyMap<string, StoredTensor>): void;
  dispose(): void;
}

export interface AdamWOptions {
  /** Share of the old mean gradient kept in a step, in [0, 1). Default 0.9. */
  readonly beta1?: number;
  /** Share of the old mean squared gradient kept in a step, in [0, 1). Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of the mean square. Default 1e-8. */
  readonly epsilon?: number;
  /** Share of a kernel taken away in a step, times the learning rate; not from batch norm and biases. Default 0.01. */
  readonly weightDecay?: number;
}

/**
 * Adam with decoupled weight decay.
 *
 * @param weights the variables by name, as `EmbeddingModel.weights` gives them; those not trainable are left alone
 * @see Loshchilov and Hutter, "Decoupled weight decay regularization" (ICLR 2019)
 */
export function adamW(weights: EmbeddingModel['weights'], options: AdamWOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
  const mean = new Map<string, tf.Variable>();
  const square = new Map<string, tf.Variable>();
  let steps = 0;
  for (const [name, weight] of weights) {
    if (!weight.trainable) continue;
    mean.set(
      name,
      tf.tidy(() => tf.variable(tf.zeros(weight.shape), false)),
    );
    square.set(
      name,
      tf.tidy(() => tf.variable(tf.zeros(weight.shape), false)),
    );
  }

  return {
    apply(gradients, learningRate) {
      steps += 1;
      // The bias corrections of both means, folded into the step and into epsilon.
      const rootCorrection = Math.sqrt(1 - beta2 ** steps);
      const stepSize = (learningRate * rootCorrection) / (1 - beta1 ** steps);
      for (const [name, gradient] of gradients) {
        const weight = weights.get(name)!;
        const m = mean.get(name)!;
        const v = square.get(name)!;
        tf.tidy(() => {
          m.assign(tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
          v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
          const change = tf.div(tf.mul(m, stepSize), tf.add(tf.sqrt(v), epsilon * rootCorrection));
          const kept = weight.rank > 1 ? tf.mul(weight, 1 - learningRate * weightDecay) : weight;
          weight.assign(tf.sub(kept, change));
        });
      }
    },
    exportState() {
      const state = new Map<string, StoredTensor>([['steps', { shape: [], data: Int32Array.of(steps) }]]);
      for (const [kind, variables] of Object.entries({ mean, square })) {
        for (const [name, variable] of variables) {
          const data = Float32Array.from(variable.dataSync<'float32'>());
          state.set(`${kind}/${name}`, { shape: variable.shape, data });
        }
      }
      return state;
    },
    importState(state) {
      const own = Object.entries({ mean, square }).flatMap(([kind, variables]) =>
        [...variables].map(([name, variable]) => [`${kind}/${name}`, variable] as const),
      );
      for (const [name, variable] of own) {
        const stored = state.get(name);
        if (stored?.shape.join() !== variable.shape.join() || !state.has('steps')) {
          throw new InvalidArgumentError({
            where: 'adamW.importState',
            argument: `state "${name}"`,
            expected: `of shape [${variable.shape.join(', ')}]`,
            got: stored,
            remedy: 'Resume with the checkpoint of this very model.',
          });
        }
      }
      steps = state.get('steps')!.data[0]!;
      tf.tidy(() => {
        for (const [name, variable] of own) variable.assign(tf.tensor(state.get(name)!.data, variable.shape));
      });
    },
    dispose() {
      for (const variable of [...mean.values(), ...square.values()]) variable.dispose();
    },
  };
}
