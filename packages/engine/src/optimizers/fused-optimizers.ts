import {
  AdamOptimizer,
  dispose,
  engine,
  getBackend,
  getKernel,
  MomentumOptimizer,
  scalar,
  tidy,
  variable as makeVariable,
  zerosLike,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import { APPLY_ADAM, APPLY_MOMENTUM, type AdamAttrs, type MomentumAttrs } from './optimizer-kernel-names.ts';

interface Slot {
  originalName: string;
  variable: Variable;
}

/** The fields of tfjs's optimizers that their own update reads and writes. */
interface AdamFields {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  iterations: number;
  accBeta1: Variable;
  accBeta2: Variable;
  accumulatedFirstMoment: Slot[];
  accumulatedSecondMoment: Slot[];
  incrementIterations(): void;
}
interface MomentumFields {
  learningRate: number;
  momentum: number;
  useNesterov: boolean;
  accumulations: Slot[];
  incrementIterations(): void;
}

type Gradients = NamedTensorMap | { name: string; tensor: Tensor }[];

const fused = Symbol.for('ft.fusedOptimizer');

/**
 * Makes `tf.train.adam` and `tf.train.momentum` update each variable by one kernel call, on backends that
 * have the kernel. State, checkpoints and results stay the same. Does nothing when called again.
 */
export function fuseOptimizers(): void {
  replaceUpdate(AdamOptimizer, APPLY_ADAM, adamStep);
  replaceUpdate(MomentumOptimizer, APPLY_MOMENTUM, momentumStep);
}

function replaceUpdate<Fields>(
  type: { prototype: object },
  kernelName: string,
  update: (optimizer: Fields, gradients: Gradients) => void,
): void {
  const prototype = type.prototype as { applyGradients(gradients: Gradients): void; [fused]?: true };
  if (prototype[fused]) return;
  const stock = prototype.applyGradients;
  prototype[fused] = true;
  prototype.applyGradients = function (gradients) {
    const known = getKernel(kernelName, getBackend()) !== undefined;
    if (known) update(this as Fields, gradients);
    else stock.call(this, gradients);
  };
}

function adamStep(optimizer: AdamFields, gradients: Gradients): void {
  const { learningRate, beta1, beta2, epsilon } = optimizer;
  const step = optimizer.iterations + 1;
  const attrs: AdamAttrs = { learningRate, beta1, beta2, epsilon, step, weightDecay: 0 };
  forEachVariable(gradients, (value, gradient, name, i) => {
    const first = slot(optimizer.accumulatedFirstMoment, i, `${name}/m`, value);
    const second = slot(optimizer.accumulatedSecondMoment, i, `${name}/v`, value);
    if (gradient) runUpdate(APPLY_ADAM, { value, m: first, v: second }, gradient, attrs);
  });
  tidy(() => {
    optimizer.accBeta1.assign(scalar(beta1 ** (step + 1)));
    optimizer.accBeta2.assign(scalar(beta2 ** (step + 1)));
  });
  optimizer.incrementIterations();
}

function momentumStep(optimizer: MomentumFields, gradients: Gradients): void {
  const { learningRate, momentum, useNesterov } = optimizer;
  const attrs: MomentumAttrs = { learningRate, momentum, nesterov: useNesterov, weightDecay: 0 };
  forEachVariable(gradients, (value, gradient, name, i) => {
    const accumulator = slot(optimizer.accumulations, i, `${name}/momentum`, value);
    if (gradient) runUpdate(APPLY_MOMENTUM, { value, accumulator }, gradient, attrs);
  });
  optimizer.incrementIterations();
}

function forEachVariable(
  gradients: Gradients,
  visit: (value: Variable, gradient: Tensor | undefined, name: string, index: number) => void,
): void {
  const pairs: [string, Tensor | undefined][] = Array.isArray(gradients)
    ? gradients.map(({ name, tensor }) => [name, tensor])
    : Object.entries(gradients);
  pairs.forEach(([name, gradient], i) => {
    visit(engine().registeredVariables[name]!, gradient ?? undefined, name, i);
  });
}

function slot(slots: Slot[], index: number, originalName: string, value: Variable): Variable {
  slots[index] ??= { originalName, variable: tidy(() => makeVariable(zerosLike(value), false)) };
  return slots[index].variable;
}

/** Runs an update kernel; its outputs replace the variables, in their order. */
function runUpdate(
  kernelName: string,
  variables: Record<string, Variable>,
  gradient: Tensor,
  attrs: AdamAttrs | MomentumAttrs,
): void {
  const inputs = { ...variables, gradient };
  const outputs = engine().runKernel(kernelName, inputs, attrs as unknown as NamedAttrMap) as Tensor[];
  Object.values(variables).forEach((variable, i) => variable.assign(outputs[i]!));
  dispose(outputs);
}
