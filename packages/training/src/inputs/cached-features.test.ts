import { selectEngine } from '@ft/engine';
import { createRandom } from '@ft/random';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { cachedFeatures } from '../index.ts';

await selectEngine();

const labels = Int32Array.of(0, 0, 1);
const of = (...values: number[]) => Float32Array.from(values);

test('a batch holds, for each image asked for, one of its variants', async () => {
  const features = [[of(1, 2)], [of(3, 4), of(5, 6)], [of(7, 8)]];
  const inputs = cachedFeatures({ features, shape: [1, 2], labels });
  expect(inputs.labels).toBe(labels);
  const seen = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const batch = inputs.batch(Int32Array.of(2, 1, 2), createRandom(seed, 'inputs'));
    expect(batch.shape).toEqual([3, 1, 2]);
    const [first, second, third] = (await batch.array()) as number[][][];
    expect([first, third]).toEqual([[[7, 8]], [[7, 8]]]);
    seen.add(String(second));
    batch.dispose();
  }
  expect([...seen].sort()).toEqual(['3,4', '5,6']);
  expect(tf.memory().numTensors).toBe(0);
});

test.each([
  [[[of(1, 2)], [of(3, 4)]], 'features must be of the length of labels, 3, got 2'],
  [[[of(1, 2)], [], [of(3, 4)]], 'features[1] must be at least one variant'],
  [[[of(1, 2)], [of(3, 4)], [of(3, 4), of(1)]], 'features[2] must be arrays of [2] numbers'],
])('refuses %o', (features, message) => {
  expect(() => cachedFeatures({ features, shape: [2], labels })).toThrow(message);
});
