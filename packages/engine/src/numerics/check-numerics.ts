import { engine, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import { NonFiniteError } from './non-finite-error.ts';

/**
 * Makes every kernel, forward and backward, fail with a {@link NonFiniteError} as soon as it gives NaN or an
 * infinite number, so that the first one is named. Kernels whose infinite numbers are masked later count too.
 *
 * Every output is read back, which slows a step down several times: use it to find an error. It needs an
 * engine with synchronous reads.
 *
 * @returns A function that ends the check.
 */
export function checkNumerics(): () => void {
  const target = engine();
  const runKernel = target.runKernel;
  const checked: typeof runKernel = (name, inputs, attrs) => {
    const result = runKernel.call(target, name, inputs, attrs);
    for (const output of [result].flat() as Tensor[]) {
      const found = firstNonFinite(output);
      if (found === undefined) continue;
      for (const input of Object.values(inputs) as (Tensor | undefined)[]) {
        const given = input && firstNonFinite(input);
        if (given) throw new NonFiniteError({ kernel: name, shape: input.shape, fromInput: true, ...given });
      }
      throw new NonFiniteError({ kernel: name, shape: output.shape, fromInput: false, ...found });
    }
    return result as never;
  };
  target.runKernel = checked;
  return () => {
    if (target.runKernel === checked) target.runKernel = runKernel;
  };
}

function firstNonFinite(tensor: TensorInfo): { index: number; value: number } | undefined {
  if (tensor.dtype !== 'float32') return undefined;
  const values = engine().readSync(tensor.dataId) as Float32Array;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value - value !== 0) return { index, value };
  }
  return undefined;
}
