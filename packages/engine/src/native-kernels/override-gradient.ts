import {
  engine,
  getBackend,
  getGradient,
  registerGradient,
  type GradFunc,
  type NamedAttrMap,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** A native gradient, or undefined where the inputs are not of a kind that it covers. */
export type NativeGradient = (
  dy: Tensor,
  saved: Tensor[],
  attrs: NamedAttrMap,
) => Record<string, () => Tensor> | undefined;

const installed = new Map<string, GradFunc>();

/**
 * Puts a native gradient in front of a kernel's own one.
 *
 * The own one still serves other backends, inputs that the native one declines, and gradients of gradients
 * (native gradient kernels have no gradient themselves). Does nothing when called again.
 */
export function overrideGradient(kernelName: string, native: NativeGradient): void {
  const original = getGradient(kernelName);
  if (original === undefined || original.gradFunc === installed.get(kernelName)) return;
  const gradFunc: GradFunc = (dy, saved, attrs) => {
    const onNative = getBackend() === 'tensorflow' && engine().state.gradientDepth === 0;
    const fast = onNative ? native(dy as Tensor, saved, attrs) : undefined;
    return fast ?? original.gradFunc(dy, saved, attrs);
  };
  installed.set(kernelName, gradFunc);
  registerGradient({ ...original, gradFunc });
}
