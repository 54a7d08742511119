import * as tf from '@tensorflow/tfjs-core';
import type { Operations } from '../operation.ts';
import { unitRows } from '../random-batch.ts';

/** A fixed piece of work that stands for the machine: a loop over floats and a matrix product on the engine. */
export const referenceOperation: Operations = {
  reference() {
    const values = unitRows(512, 256);
    const x = tf.tensor2d(values, [512, 256]);
    return {
      async run() {
        let sum = 0;
        for (let pass = 0; pass < 10; pass++) {
          for (let i = 1; i < values.length; i++) sum += values[i]! * values[i - 1]!;
        }
        const product = tf.tidy(() => tf.sum(tf.matMul(x, x, false, true)));
        // The sum is used, so that the loop is not dropped.
        if (Number.isNaN((await product.data())[0]! + sum))
          throw new Error('The reference workload gave NaN.');
        product.dispose();
      },
      dispose: () => x.dispose(),
    };
  },
};
