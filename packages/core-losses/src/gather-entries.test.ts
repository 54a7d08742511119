import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { expectClose, randomMatrix } from '../test/expect-loss.ts';
import { onEveryPath } from '../test/select-backend.ts';
import { marginLoss } from './margin-loss.ts';
import { tripletLoss } from './triplet-loss.ts';

// Twice the same triplet, and positives and negatives that others share.
const triplets = {
  anchors: Int32Array.of(0, 0, 1, 4, 4, 4),
  positives: Int32Array.of(1, 1, 0, 3, 3, 5),
  negatives: Int32Array.of(3, 3, 5, 0, 2, 2),
};
const small = randomMatrix(6, 6, 1).map((row) => row.map((v) => Math.abs(v)));

test.each([
  ['tripletLoss', (d: tf.Tensor2D) => tripletLoss(d, triplets, { margin: 1, checkFinite: false })],
  [
    'tripletLoss, softplus',
    (d: tf.Tensor2D) => tripletLoss(d, triplets, { form: 'softplus', checkFinite: false }),
  ],
  ['marginLoss', (d: tf.Tensor2D) => marginLoss(d, triplets, { beta: 0.9, checkFinite: false })],
] as const)('%s of a matrix with far more cells than are looked at', (_, loss) => {
  onEveryPath(() => {
    tf.tidy(() => {
      const wanted = tf.valueAndGrad((d) => loss(d as tf.Tensor2D))(tf.tensor2d(small));
      // The same corner, and NaN where nobody looks. Not by tf.pad: on wasm all later calls would pad with NaN as well.
      const large = tf.tensor2d(
        Array.from({ length: 600 }, (_row, i) =>
          Array.from({ length: 600 }, (_cell, j) => small[i]?.[j] ?? Number.NaN),
        ),
      );
      const got = tf.valueAndGrad((d) => loss(d as tf.Tensor2D))(large);
      expect(got.value.dataSync()[0]).toBeCloseTo(wanted.value.dataSync()[0]!, 6);
      const corner = tf.slice(got.grad, [0, 0], [6, 6]).dataSync();
      expectClose([...corner], [...wanted.grad.dataSync()], 1e-6);
      expect(tf.sum(tf.abs(got.grad)).dataSync()[0]).toBeCloseTo(
        tf.sum(tf.abs(wanted.grad)).dataSync()[0]!,
        5,
      );
    });
  });
});
