import * as tf from '@tensorflow/tfjs-core';
import type { Forward } from './apply-layer.ts';
import type { PlannedLayer } from './plan-architecture.ts';

/** Layers that one pass over the image computes. */
export interface FusedLayers {
  readonly convolution: PlannedLayer;
  readonly norm: PlannedLayer;
  readonly activation?: PlannedLayer;
}

/**
 * The convolution at a place of a path with the scale and offset behind it, and the activation behind that; undefined
 * where these are not there, or where the batch's own statistics make the scale.
 */
export function fusedLayers(
  path: readonly PlannedLayer[],
  place: number,
  forward: Forward,
): FusedLayers | undefined {
  const [convolution, norm, activation] = path.slice(place, place + 3);
  const isConvolution = convolution?.layer.type === 'conv' || convolution?.layer.type === 'depthwise-conv';
  const isConstant =
    norm?.layer.type === 'affine' || (norm?.layer.type === 'batch-norm' && !forward.training(norm.name));
  if (!isConvolution || !isConstant) return undefined;
  const isActivation = activation?.layer.type === 'relu' || activation?.layer.type === 'prelu';
  return { convolution, norm, ...(isActivation ? { activation } : {}) };
}

/**
 * The scale and offset behind a convolution moved into its kernel and bias: factor conv(x, kernel) + shift =
 * conv(x, factor kernel) + shift.
 *
 * @param bias the convolution's own, where it has one
 */
export function foldNorm(
  { layer, name }: PlannedLayer,
  forward: Forward,
  kernel: tf.Tensor4D,
  bias?: tf.Tensor,
): { kernel: tf.Tensor4D; bias: tf.Tensor1D } {
  const vector = (suffix: string) => forward.weight(`${name}/${suffix}`) as unknown as tf.Tensor1D;
  const isAffine = layer.type !== 'batch-norm';
  const factor = isAffine
    ? vector('scale')
    : tf.mul(vector('scale'), tf.rsqrt(tf.add(vector('variance'), layer.epsilon)));
  const shift = isAffine ? vector('offset') : tf.sub(vector('offset'), tf.mul(vector('mean'), factor));
  // A depthwise kernel is [height, width, channels, 1].
  const perChannel = kernel.shape[3] === factor.size ? factor : tf.reshape(factor, [-1, 1]);
  return {
    kernel: tf.mul(kernel, perChannel),
    bias: (bias === undefined ? shift : tf.add(shift, tf.mul(bias, factor))) as tf.Tensor1D,
  };
}
