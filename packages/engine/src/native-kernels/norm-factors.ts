import { add, mul, rsqrt, sub, type GradConfig, type KernelConfig, type Tensor } from '@tensorflow/tfjs-core';
import { NORM_FACTORS } from './fused-kernel-names.ts';
import { floatListAttr, type NativeBackend } from './native-backend.ts';

const epsilonOf = (attrs: unknown): number => (attrs as { epsilon: number }).epsilon;

/** Batch norm by given statistics as a product and a sum, by one operation of our own. */
export const normFactors: KernelConfig = {
  kernelName: NORM_FACTORS,
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const native = backend as NativeBackend;
    const { scale, offset, mean, variance } = inputs as Record<string, Tensor>;
    return native.executeMultipleOutputs(
      NORM_FACTORS,
      [floatListAttr(native, 'normal', [epsilonOf(attrs), 0])],
      [scale!, offset!, mean!, variance!],
      2,
    );
  },
};

/** Gradient by scale and offset; the statistics are constants. */
export const normFactorsGradient: GradConfig = {
  kernelName: NORM_FACTORS,
  inputsToSave: ['mean', 'variance'],
  gradFunc: (dys, saved, attrs) => {
    const [dFactor, dShift] = dys as [Tensor, Tensor];
    const [mean, variance] = saved as [Tensor, Tensor];
    return {
      scale: () => mul(sub(dFactor, mul(dShift, mean)), rsqrt(add(variance, epsilonOf(attrs)))),
      offset: () => dShift.clone(),
    };
  },
};
