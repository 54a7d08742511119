import * as tf from '@tensorflow/tfjs';
import { InvalidArgumentError } from '@ft/errors';
import { beforeAll, expect, it } from 'vitest';
import { seedRandom } from './seed-random.ts';

beforeAll(async () => {
  tf.env().set('IS_TEST', true);
  await tf.setBackend('cpu');
});

/** Initial weights, a dropout mask and plain noise. */
function draw(seed: number): number[] {
  const restore = seedRandom(seed);
  try {
    return tf.tidy(() => {
      const dense = tf.layers.dense({ units: 3, inputShape: [2], kernelInitializer: 'heNormal' });
      const output = dense.apply(tf.ones([1, 2])) as tf.Tensor;
      const dropped = tf.dropout(tf.ones([8]), 0.5);
      return [output, dropped, tf.randomNormal([4]), tf.truncatedNormal([4])].flatMap((t) =>
        Array.from(t.dataSync()),
      );
    });
  } finally {
    restore();
  }
}

it('repeats every draw of one seed, and no draw of another', () => {
  const first = draw(7);
  expect(draw(7)).toEqual(first);
  expect(draw(8).slice(0, 3)).not.toEqual(first.slice(0, 3));
});

it("puts the system's generator back", () => {
  const system = Math.random;
  const restore = seedRandom(1);
  expect(Math.random).not.toBe(system);
  restore();
  expect(Math.random).toBe(system);
});

it('refuses a seed that is not an integer', () => {
  expect(() => seedRandom(0.5)).toThrow(InvalidArgumentError);
});
