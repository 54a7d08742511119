import * as tf from '@tensorflow/tfjs-core';
import { activate, type Activation } from './activate.ts';
import type { Padding } from './architecture.ts';
import { padded } from './padded.ts';

/** The kernel that @ft/engine registers: a convolution and what is behind it, in one pass. */
const FUSED_KERNEL = 'FtFusedConvolution';

/** A window that passes over an image. */
interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: Padding;
  readonly depthwise: boolean;
}

/** What follows a convolution: a product with one number a channel, sums with an offset and an image, an activation. */
interface Ending {
  readonly scale?: tf.Tensor | undefined;
  readonly offset?: tf.Tensor | undefined;
  readonly addend?: tf.Tensor | undefined;
  readonly activation?: Activation | undefined;
}

/** activation(conv(x, filter) scale + offset + addend), in one pass where the engine can. */
export function fusedConvolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { kernel, stride, padding, depthwise }: Window,
  { scale, offset, addend, activation }: Ending,
): tf.Tensor {
  if (tf.getKernel(FUSED_KERNEL, tf.getBackend()) !== undefined) {
    const none = tf.tensor1d([], 'float32');
    const slopes = activation?.type === 'prelu' ? activation.slopes : none;
    return tf
      .engine()
      .runKernel(
        FUSED_KERNEL,
        { x, filter, scale: scale ?? none, offset: offset ?? none, slopes, addend: addend ?? none },
        { strides: stride, pad: padding, depthwise, relu: activation?.type === 'relu' },
      ) as tf.Tensor;
  }
  const image = padded(x, padding, kernel, stride);
  // A depthwise kernel is [height, width, channels, 1].
  const factor = scale && depthwise ? tf.reshape(scale, [-1, 1]) : scale;
  const inside = addend === undefined ? activation : undefined;
  const convolution = {
    x: image.input,
    filter: factor ? tf.mul<tf.Tensor4D>(filter, factor) : filter,
    strides: stride,
    pad: image.padding,
    activation: inside?.type ?? 'linear',
    ...(offset ? { bias: offset } : {}),
    ...(inside?.type === 'prelu' ? { preluActivationWeights: inside.slopes } : {}),
  } as const;
  const y = depthwise ? tf.fused.depthwiseConv2d(convolution) : tf.fused.conv2d(convolution);
  return addend === undefined ? y : activate(tf.add(y, addend), activation);
}
