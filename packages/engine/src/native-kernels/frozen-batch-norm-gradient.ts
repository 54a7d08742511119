import { add, div, engine, mul, rsqrt, tensor1d, type Tensor } from '@tensorflow/tfjs-core';
import { batchNormAttrs } from './native-batch-norm.ts';
import type { NativeBackend } from './native-backend.ts';
import type { NativeGradient } from './override-gradient.ts';

/**
 * Gradient of `tf.batchNorm` as one TensorFlow operation.
 *
 * The operation treats mean and variance as constants; their own gradients follow from those of offset and
 * scale: with r = 1 / sqrt(variance + epsilon), dMean = -scale r dOffset and
 * dVariance = -scale r^2 dScale / 2.
 */
export const frozenBatchNormGradient: NativeGradient = (dy, saved, attrs) => {
  const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor];
  if (mean.rank !== 1 || x.rank !== 4 || x.dtype !== 'float32') return undefined;
  const { varianceEpsilon } = attrs as unknown as { varianceEpsilon: number };
  const native = engine().backend as NativeBackend;
  const [dx, dScale, dOffset] = native.executeMultipleOutputs(
    'FusedBatchNormGradV3',
    batchNormAttrs(native, varianceEpsilon, false),
    [dy, x, scale, mean, variance, tensor1d([], 'float32')],
    5,
  ) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  return {
    x: () => dx,
    scale: () => dScale,
    offset: () => dOffset,
    mean: () => mul(mul(dOffset, scale), mul(rsqrt(add(variance, varianceEpsilon)), -1)),
    variance: () => div(mul(mul(dScale, scale), -0.5), add(variance, varianceEpsilon)),
  };
};
