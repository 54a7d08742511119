import {
  add,
  clone,
  div,
  engine,
  getKernel,
  mul,
  registerKernel,
  rsqrt,
  tensor1d,
  unregisterKernel,
  zerosLike,
  type KernelFunc,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { areBatchStatistics, watchMeans } from './batch-statistics.ts';
import { batchNormAttrs, batchNormTrainingGradients, ownNormalize } from './native-batch-norm.ts';
import type { NativeBackend } from './native-backend.ts';
import type { NativeGradient } from './override-gradient.ts';
import { hasOwnOperations } from './own-operations.ts';

type Inputs = Record<'x' | 'mean' | 'variance', Tensor> & Partial<Record<'scale' | 'offset', Tensor>>;

interface BatchNormAttrs {
  readonly varianceEpsilon: number;
}

/** Attributes of the calls that normalise a batch by its own statistics; each call has its own object. */
const training = new WeakSet<object>();

let watching: KernelFunc | undefined;

/**
 * Makes `tf.batchNorm` on the native engine notice when it gets x's own moments, as tfjs-layers' batch norm
 * passes in training. Mean and variance then leave the tape: their part in x's gradient is in the fused
 * gradient, which replaces the backward pass through both moments.
 */
export function watchBatchNorms(): void {
  watchMeans();
  const stock = getKernel('FusedBatchNorm', 'tensorflow');
  if (stock === undefined || stock.kernelFunc === watching) return;
  const { kernelFunc } = stock;
  watching = (parameters) => {
    const { x, mean, variance, scale, offset } = parameters.inputs as Inputs;
    if (isFloatImage(x, mean) && areBatchStatistics(x, mean, variance)) {
      training.add(parameters.attrs!);
      Object.assign(parameters.inputs, { mean: clone(mean), variance: clone(variance) });
    }
    const native = parameters.backend as NativeBackend;
    if (!isFloatImage(x, mean) || !scale || !offset || !hasOwnOperations(native))
      return kernelFunc(parameters);
    const { varianceEpsilon } = parameters.attrs as unknown as BatchNormAttrs;
    return ownNormalize(native, { x, mean, variance, scale, offset }, varianceEpsilon);
  };
  unregisterKernel('FusedBatchNorm', 'tensorflow');
  registerKernel({ ...stock, kernelFunc: watching });
}

/**
 * Gradient of `tf.batchNorm` as one TensorFlow operation.
 *
 * Where mean and variance are given, the operation treats them as constants; their own gradients follow from
 * those of offset and scale: with r = 1 / sqrt(variance + epsilon), dMean = -scale r dOffset and
 * dVariance = -scale r^2 dScale / 2.
 */
export const batchNormGradient: NativeGradient = (dy, saved, attrs) => {
  const [x, mean, variance, scale] = saved as [Tensor, Tensor, Tensor, Tensor];
  if (!isFloatImage(x, mean)) return undefined;
  const { varianceEpsilon } = attrs as unknown as BatchNormAttrs;
  const native = engine().backend as NativeBackend;
  if (training.has(attrs)) {
    const epsilon = varianceEpsilon;
    const [dx, dScale, dOffset] = batchNormTrainingGradients(native, {
      dy,
      x,
      scale,
      mean,
      variance,
      epsilon,
    });
    // The gradient has gone through the moments already.
    const none = () => zerosLike(mean);
    return { x: () => dx, scale: () => dScale, offset: () => dOffset, mean: none, variance: none };
  }
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

function isFloatImage(x: Tensor, mean: Tensor): boolean {
  return x.rank === 4 && x.dtype === 'float32' && mean.rank === 1;
}
