import { readFileSync, writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  angularLoss,
  l2Normalize,
  pairwiseDistances,
  pairwiseSimilarities,
  relationFromLabels,
} from '../src/index.ts';
import { randomMatrix } from './expect-loss.ts';
import { matrixLosses, otherMatrixLosses, type MatrixLoss } from './matrix-losses.ts';
import './select-backend.ts';

const batch = 2048;
const relation = relationFromLabels(Int32Array.from({ length: batch }, (_, i) => i >> 2));
const embeddings = randomMatrix(batch, 128, 1).flat();

/** Makes Linux forget the highest resident size so far; elsewhere there is nothing to test with. */
function forgetPeak(): boolean {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    return true;
  } catch {
    return false;
  }
}

const canMeasure = forgetPeak();

const bytes = (field: string) =>
  1024 *
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))![1]);

// Before any of them ran, so that nothing one leaves behind makes room for the next.
const before = canMeasure ? bytes('VmRSS') : 0;

const angular: Omit<MatrixLoss, 'oracle'> = {
  name: 'angularLoss',
  matrix: 'cosine-similarity',
  loss: (m, s) => angularLoss(m, s),
};

test.skipIf(!canMeasure).each([...matrixLosses, ...otherMatrixLosses, angular])(
  '$name of 2,048 embeddings takes less than 400 MB, with its gradient',
  ({ matrix, loss }) => {
    const x = tf.tensor2d(embeddings, [batch, 128]);
    const run = () =>
      tf.tidy(() => {
        const { value, grad } = tf.valueAndGrad((t: tf.Tensor) => {
          const rows = t as tf.Tensor2D;
          const m =
            matrix === 'cosine-similarity'
              ? pairwiseSimilarities(rows)
              : pairwiseDistances(l2Normalize(rows), undefined, { measure: matrix });
          return loss(m, relation);
        })(x);
        return value.dataSync()[0]! + grad.dataSync()[0]!;
      });
    forgetPeak();
    expect(run()).not.toBeNaN();
    expect(bytes('VmHWM') - before).toBeLessThan(400e6);
    x.dispose();
  },
  120_000,
);
