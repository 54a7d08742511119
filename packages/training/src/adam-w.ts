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
      for (const [name, gradient] of gradients) {
        const value = weights.get(name)!;
        const attrs = {
          learningRate,
          beta1,
          beta2,
          epsilon,
          step: steps,
          weightDecay: value.rank > 1 ? weightDecay : 0,
        };
        tf.tidy(() => {
          const variables = { value, gradient, m: mean.get(name)!, v: square.get(name)! };
          const fused = tf.getKernel(FUSED_KERNEL, tf.getBackend()) !== undefined;
          const [newValue, newMean, newSquare] = fused
            ? (tf.engine().runKernel(FUSED_KERNEL, variables, attrs) as unknown as tf.Tensor[])
            : adamStep(variables, attrs);
          value.assign(newValue!);
          variables.m.assign(newMean!);
          variables.v.assign(newSquare!);
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

/** The kernel that @ft/engine registers: one step on one weight, in one call. */
const FUSED_KERNEL = 'FtApplyAdam';

interface AdamTensors {
  readonly value: tf.Tensor;
  readonly gradient: tf.Tensor;
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
}

interface AdamAttributes {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly step: number;
  readonly weightDecay: number;
}

/** The same step in TensorFlow.js operations, for engines without the kernel. */
function adamStep({ value, gradient, m, v }: AdamTensors, attributes: AdamAttributes): tf.Tensor[] {
  const { learningRate, beta1, beta2, epsilon, step, weightDecay } = attributes;
  const newMean = tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1));
  const newSquare = tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2));
  // The bias corrections of both means, folded into the step and into epsilon.
  const rootCorrection = Math.sqrt(1 - beta2 ** step);
  const stepSize = (learningRate * rootCorrection) / (1 - beta1 ** step);
  const change = tf.div(tf.mul(newMean, stepSize), tf.add(tf.sqrt(newSquare), epsilon * rootCorrection));
  return [tf.sub(tf.mul(value, 1 - learningRate * weightDecay), change), newMean, newSquare];
}
