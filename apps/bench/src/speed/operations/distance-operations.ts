import { pairwiseDistances, pairwiseSimilarities, snrDistances } from '@ft/core-losses';
import * as tf from '@tensorflow/tfjs-core';
import type { Operations } from '../operation.ts';
import { unitRows } from '../random-batch.ts';

const DIMENSION = 128;
const options = { checkFinite: false };

const measures: Record<string, (x: tf.Tensor2D) => tf.Tensor2D> = {
  euclidean: (x) => pairwiseDistances(x, undefined, options),
  'squared-euclidean': (x) => pairwiseDistances(x, undefined, { measure: 'squared-euclidean', ...options }),
  cosine: (x) => pairwiseSimilarities(x, undefined, options),
  snr: (x) => snrDistances(x, undefined, options),
};

export const measureNames = Object.keys(measures);

/** The matrix of a batch, read back, and in `distances gradient` the gradient of its sum. */
export const distanceOperations: Operations = {
  distances({ measure, batch, dimension = DIMENSION }) {
    const x = batchOf(batch as number, dimension as number);
    return {
      async run() {
        const matrix = measures[measure as string]!(x);
        await matrix.data();
        matrix.dispose();
      },
      dispose: () => x.dispose(),
    };
  },
  'distances gradient'({ measure, batch, dimension = DIMENSION }) {
    const x = batchOf(batch as number, dimension as number);
    return {
      async run() {
        const { value, grads } = tf.variableGrads(() => tf.sum(measures[measure as string]!(x)), [x]);
        await grads[x.name]!.data();
        tf.dispose([value, grads]);
      },
      dispose: () => x.dispose(),
    };
  },
};

function batchOf(batch: number, dimension: number): tf.Variable<tf.Rank.R2> {
  return tf.tidy(() => tf.variable(tf.tensor2d(unitRows(batch, dimension), [batch, dimension])));
}
