import * as tf from '@tensorflow/tfjs-core';

/** So small that 1 + epsilon is 1. */
const EPSILON = 1e-12;

/** x scale + offset, with one scale and one offset a channel: x [..., C], scale and offset [C]. */
export function affine(x: tf.Tensor, scale: tf.Tensor1D, offset: tf.Tensor1D): tf.Tensor {
  if (tf.getBackend() !== 'tensorflow') return tf.add(tf.mul(x, scale), offset);
  // TensorFlow's batch norm takes one pass, and so does its gradient.
  const [mean, variance] = [tf.zeros<tf.Rank.R1>(scale.shape), tf.ones<tf.Rank.R1>(scale.shape)];
  return tf.batchNorm(x, mean, variance, offset, scale, EPSILON);
}
