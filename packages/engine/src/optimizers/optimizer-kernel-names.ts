/**
 * Kernel that makes one Adam step (Kingma and Ba, 2015) with decoupled weight decay (AdamW, Loshchilov and
 * Hutter, 2019) on one variable.
 *
 * Inputs, all float32 of one shape: `value`, `gradient`, `m` and `v` (moments, 0 at the start). Attributes:
 * {@link AdamAttrs}. Outputs: the new `value`, `m` and `v`; the inputs stay as they are. No gradient.
 */
export const APPLY_ADAM = 'FtApplyAdam';

/** Attributes of {@link APPLY_ADAM}. */
export interface AdamAttrs {
  /** Step size, 0 or more. */
  readonly learningRate: number;
  /** Decay of the first moment, in [0, 1). */
  readonly beta1: number;
  /** Decay of the second moment, in [0, 1). */
  readonly beta2: number;
  /** Added to the root of the bias-corrected second moment. */
  readonly epsilon: number;
  /** Number of this step, 1 for the first; it sets the bias correction. */
  readonly step: number;
  /** The value shrinks by `learningRate * weightDecay` of itself before the step. */
  readonly weightDecay: number;
}

/**
 * Kernel that makes one step of stochastic gradient descent with momentum on one variable:
 * g = gradient + weightDecay * value; a = momentum * accumulator + g; value -= learningRate * a, or with
 * Nesterov's lookahead value -= learningRate * (g + momentum * a).
 *
 * Inputs, all float32 of one shape: `value`, `gradient`, `accumulator` (0 at the start). Attributes:
 * {@link MomentumAttrs}. Outputs: the new `value` and `accumulator`; the inputs stay as they are. No gradient.
 */
export const APPLY_MOMENTUM = 'FtApplyMomentum';

/** Attributes of {@link APPLY_MOMENTUM}. */
export interface MomentumAttrs {
  /** Step size, 0 or more. */
  readonly learningRate: number;
  /** Decay of the accumulator, in [0, 1). */
  readonly momentum: number;
  /** Nesterov's lookahead. */
  readonly nesterov: boolean;
  /** Factor of the value that is added to its gradient. */
  readonly weightDecay: number;
}
