import * as tf from '@tensorflow/tfjs-core';

/**
 * 1 where x is above 0, else 0, without a gradient.
 *
 * `tf.step` is five kernels on the native backend, and `tf.sign` takes tiny numbers for 0 on the wasm backend.
 */
export const isPositive = /* @__PURE__ */ tf.customGrad((x) => {
  const { shape } = x as tf.Tensor;
  return {
    value: tf.cast(tf.greater(x as tf.Tensor, 0), 'float32'),
    gradFunc: () => tf.zeros(shape),
  };
}) as (x: tf.Tensor) => tf.Tensor;
