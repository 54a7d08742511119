import * as tf from '@tensorflow/tfjs-core';
import type { Operations } from '../operation.ts';

/** The reference network written with tfjs-layers alone, trained by its own `trainOnBatch`: a program that knows nothing of ft. */
export const layersOperations: Operations = {
  async 'layers step'({ batch }) {
    const layers = await import('@tensorflow/tfjs-layers');
    const model = layers.sequential();
    const filters = [
      [32, 2],
      [64, 2],
      [64, 1],
      [128, 2],
      [128, 1],
      [256, 2],
    ] as const;
    for (const [index, [count, strides]] of filters.entries()) {
      model.add(
        layers.layers.conv2d({
          filters: count,
          kernelSize: 3,
          strides,
          padding: 'same',
          useBias: false,
          ...(index === 0 ? { inputShape: [112, 112, 3] } : {}),
        }),
      );
      model.add(layers.layers.batchNormalization());
      model.add(layers.layers.activation({ activation: 'relu' }));
    }
    model.add(layers.layers.globalAveragePooling2d({}));
    model.add(layers.layers.dense({ units: 128 }));
    model.compile({ optimizer: tf.train.adam(1e-3), loss: 'meanSquaredError' });
    const x = tf.randomUniform([batch as number, 112, 112, 3], -1, 1, 'float32', 1);
    const y = tf.randomNormal([batch as number, 128], 0, 1, 'float32', 2);
    return {
      async run() {
        await model.trainOnBatch(x, y);
      },
      dispose() {
        tf.dispose([x, y]);
        model.dispose();
      },
    };
  },
};
