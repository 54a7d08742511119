import * as tf from '@tensorflow/tfjs-core';
import { decayOf, type Optimizer } from './optimizer.ts';
import { optimizerSlots } from './optimizer-slots.ts';

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
 * @see Loshchilov and Hutter, "Decoupled weight decay regularization" (ICLR 2019)
 */
export function adamW(options: AdamWOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 } = options;
  const { of, exportState, importState, dispose } = optimizerSlots('adamW', ['mean', 'square']);
  return {
    apply(updates) {
      const fused = tf.getKernel(FUSED_KERNEL, tf.getBackend()) !== undefined;
      for (const update of updates) {
        const { value, gradient, learningRate } = update;
        const slot = of(update);
        slot.steps += 1;
        const { mean, square } = slot.variables;
        const attrs = {
          learningRate,
          beta1,
          beta2,
          epsilon,
          step: slot.steps,
          weightDecay: decayOf(update, weightDecay),
        };
        tf.tidy(() => {
          const variables = { value, gradient, m: mean, v: square };
          const [newValue, newMean, newSquare] = fused
            ? (tf.engine().runKernel(FUSED_KERNEL, variables, attrs) as unknown as tf.Tensor[])
            : adamStep(variables, attrs);
          value.assign(newValue!);
          mean.assign(newMean!);
          square.assign(newSquare!);
        });
      }
    },
    exportState,
    importState,
    dispose,
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
