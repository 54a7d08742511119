import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { FloatMemory } from '../float-memory/float-memory.ts';
import { adamArrays, momentumArrays } from './optimizer-arrays.ts';
import { APPLY_ADAM, APPLY_MOMENTUM, type AdamAttrs, type MomentumAttrs } from './optimizer-kernel-names.ts';

/** Optimizer steps for a backend whose numbers JavaScript can reach. */
export function arrayOptimizerKernels(memory: FloatMemory): KernelConfig[] {
  const kernel = (
    kernelName: string,
    inputNames: string[],
    outputs: number,
    run: (inputs: Float32Array[], outputs: Float32Array[], attrs: unknown) => void,
  ): KernelConfig => ({
    kernelName,
    backendName: memory.backendName,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const given = inputNames.map((name) => inputs[name] as TensorInfo);
      const made = Array.from({ length: outputs }, () => memory.allocate(backend, given[0]!.shape));
      const view = (info: TensorInfo) => memory.view(backend, info);
      run(given.map(view), made.map(view), attrs);
      return made;
    },
  });
  return [
    kernel(APPLY_ADAM, ['value', 'gradient', 'm', 'v'], 3, (inputs, outputs, attrs) =>
      adamArrays(inputs, outputs, attrs as AdamAttrs),
    ),
    kernel(APPLY_MOMENTUM, ['value', 'gradient', 'accumulator'], 2, (inputs, outputs, attrs) =>
      momentumArrays(inputs, outputs, attrs as MomentumAttrs),
    ),
  ];
}
