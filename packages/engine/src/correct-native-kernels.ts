import { getKernel, registerKernel, unregisterKernel, type KernelConfig } from '@tensorflow/tfjs-core';

const corrected = new WeakSet<KernelConfig>();

/**
 * Corrects the native kernel that fails tfjs-core's own tests on TensorFlow 2.21: `Round` gives zeros for
 * int32, of which it should change nothing. Calling it again changes nothing.
 */
export function correctNativeKernels(): void {
  const original = getKernel('Round', 'tensorflow');
  const identity = getKernel('Identity', 'tensorflow');
  if (original === undefined || identity === undefined || corrected.has(original)) return;
  const round: KernelConfig = {
    ...original,
    kernelFunc: (call) => (call.inputs['x']!.dtype === 'int32' ? identity : original).kernelFunc(call),
  };
  unregisterKernel('Round', 'tensorflow');
  registerKernel(round);
  corrected.add(round);
}
