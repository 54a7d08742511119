import { InvalidArgumentError } from '@ft/errors';
import * as tf from '@tensorflow/tfjs-core';
import { decayOf, type Optimizer } from './optimizer.ts';
import { optimizerSlots } from './optimizer-slots.ts';

export interface SgdOptions {
  /** Share of the last change that goes on, in [0, 1). Default 0.9. */
  readonly momentum?: number;
  /** Look ahead along the momentum. Default false. */
  readonly nesterov?: boolean;
  /** Factor of a kernel that is added to its gradient; not for batch norm and biases. Default 0. */
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent with momentum: g = gradient + weightDecay x value; a = momentum x a + g;
 * value -= learningRate x a, or with Nesterov's lookahead value -= learningRate x (g + momentum x a).
 *
 * @throws InvalidArgumentError where the momentum is out of range
 * @see Sutskever et al., "On the importance of initialization and momentum in deep learning" (2013)
 */
export function sgd({ momentum = 0.9, nesterov = false, weightDecay = 0 }: SgdOptions = {}): Optimizer {
  if (!(momentum >= 0 && momentum < 1)) {
    throw new InvalidArgumentError({
      where: 'sgd',
      argument: 'momentum',
      expected: 'a number in [0, 1)',
      got: momentum,
    });
  }
  const { of, exportState, importState, dispose } = optimizerSlots('sgd', ['accumulator']);
  return {
    apply(updates) {
      const fused = tf.getKernel(FUSED_KERNEL, tf.getBackend()) !== undefined;
      for (const update of updates) {
        const { value, gradient, learningRate } = update;
        const slot = of(update);
        slot.steps += 1;
        const { accumulator } = slot.variables;
        const decay = decayOf(update, weightDecay);
        tf.tidy(() => {
          if (fused) {
            const attrs = { learningRate, momentum, nesterov, weightDecay: decay };
            const [newValue, newAccumulator] = tf
              .engine()
              .runKernel(FUSED_KERNEL, { value, gradient, accumulator }, attrs) as unknown as tf.Tensor[];
            value.assign(newValue!);
            accumulator.assign(newAccumulator!);
            return;
          }
          const g = decay === 0 ? gradient : tf.add(gradient, tf.mul(value, decay));
          const a: tf.Tensor = tf.add(tf.mul(accumulator, momentum), g);
          const direction = nesterov ? tf.add(g, tf.mul(a, momentum)) : a;
          value.assign(tf.sub(value, tf.mul(direction, learningRate)));
          accumulator.assign(a);
        });
      }
    },
    exportState,
    importState,
    dispose,
  };
}

/** The kernel that @ft/engine registers: one step on one weight, in one call. */
const FUSED_KERNEL = 'FtApplyMomentum';
