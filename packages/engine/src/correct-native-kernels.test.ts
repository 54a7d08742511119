import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { installedEngines } from './engine-cache.ts';
import { selectEngine } from './select-engine.ts';

const hasNative = (await installedEngines()).length > 0;

test.runIf(hasNative)(
  'rounding keeps int32 and rounds halves to even (where the native engine is installed)',
  async () => {
    await selectEngine({ require: 'tensorflow' });
    const before = tf.memory().numTensors;
    const results = tf.tidy(() => [
      tf.round(tf.tensor1d([-12345678, 10, 12345678], 'int32')).dataSync(),
      tf.round(tf.tensor1d([-1.5, 0.5, 1.5, 2.4])).dataSync(),
    ]);
    expect(results.map((values) => [...values])).toEqual([
      [-12345678, 10, 12345678],
      [-2, 0, 2, 2],
    ]);
    expect(tf.memory().numTensors).toBe(before);
  },
);
