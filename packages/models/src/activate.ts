import * as tf from '@tensorflow/tfjs-core';

/** An activation: PReLU has a slope for each channel. */
export type Activation = { readonly type: 'relu' } | { readonly type: 'prelu'; readonly slopes: tf.Tensor };

/** Applies the activation, where there is one. */
export function activate(x: tf.Tensor, activation: Activation | undefined): tf.Tensor {
  if (activation === undefined) return x;
  return activation.type === 'relu' ? tf.relu(x) : tf.prelu(x, activation.slopes);
}
