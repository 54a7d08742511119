import { add, mul, tidy, type KernelConfig, type Tensor } from '@tensorflow/tfjs-core';
import { boolAttr, floatTypes, type NativeBackend } from '../native-kernels/native-backend.ts';
import { applyToResources } from './native-resources.ts';
import { APPLY_ADAM, APPLY_MOMENTUM, type AdamAttrs, type MomentumAttrs } from './optimizer-kernel-names.ts';

/** Optimizer steps through TensorFlow's own Apply kernels. */
export const nativeOptimizerKernels: KernelConfig[] = [
  {
    kernelName: APPLY_ADAM,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { value, gradient, m, v } = inputs as Record<'value' | 'gradient' | 'm' | 'v', Tensor>;
      const { learningRate, beta1, beta2, epsilon, step, weightDecay } = attrs as unknown as AdamAttrs;
      const native = backend as NativeBackend;
      return tidy(() => {
        const decayed = weightDecay === 0 ? value : mul(value, 1 - learningRate * weightDecay);
        const power2 = beta2 ** step;
        // TensorFlow adds epsilon to the root of the uncorrected moment, hence the factor.
        const numbers = [beta1 ** step, power2, learningRate, beta1, beta2, epsilon * Math.sqrt(1 - power2)];
        return applyToResources(
          native,
          'ResourceApplyAdam',
          [
            ...floatTypes(native, 'T'),
            boolAttr(native, 'use_locking', false),
            boolAttr(native, 'use_nesterov', false),
          ],
          [decayed, m, v],
          [...numbers, gradient],
        );
      });
    },
  },
  {
    kernelName: APPLY_MOMENTUM,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { value, gradient, accumulator } = inputs as Record<'value' | 'gradient' | 'accumulator', Tensor>;
      const { learningRate, momentum, nesterov, weightDecay } = attrs as unknown as MomentumAttrs;
      const native = backend as NativeBackend;
      return tidy(() =>
        applyToResources(
          native,
          'ResourceApplyMomentum',
          [
            ...floatTypes(native, 'T'),
            boolAttr(native, 'use_locking', false),
            boolAttr(native, 'use_nesterov', nesterov),
          ],
          [value, accumulator],
          [learningRate, weightDecay === 0 ? gradient : add(gradient, mul(value, weightDecay)), momentum],
        ),
      );
    },
  },
];
