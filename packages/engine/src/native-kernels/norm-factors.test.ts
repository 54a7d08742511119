import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { installedEngines } from '../engine-cache.ts';
import { selectEngine } from '../select-engine.ts';
import { accelerate } from './accelerate.ts';
import { NORM_FACTORS } from './fused-kernel-names.ts';
import { loadedNativeBackend } from './native-backend.ts';
import { hasOwnOperations } from './own-operations.ts';

const epsilon = 0.01;
const isInstalled = (await installedEngines()).length > 0;
if (isInstalled) await selectEngine({ require: 'tensorflow' });

describe.runIf(isInstalled && hasOwnOperations(loadedNativeBackend()!))('norm factors', () => {
  beforeAll(() => void accelerate());

  test.each([1, 19, 64])('%i channels: what batch norm computes, and its gradients', (channels) => {
    tf.tidy(() => {
      const random = (seed: number) => tf.randomNormal<tf.Rank.R1>([channels], 1, 1, 'float32', seed);
      const [scale, offset, mean, variance] = [random(1), random(2), random(3), tf.abs(random(4))];
      const x = tf.randomNormal<tf.Rank.R2>([7, channels], 0, 3, 'float32', 5);
      const weights = tf.randomNormal(x.shape, 0, 1, 'float32', 6);
      const byFactors = (gain: tf.Tensor, shift: tf.Tensor) => {
        const inputs = { scale: gain, offset: shift, mean, variance };
        const outputs = tf.engine().runKernel(NORM_FACTORS, inputs, { epsilon });
        const [factors, shifts] = outputs as unknown as [tf.Tensor, tf.Tensor];
        return tf.add(tf.mul(x, factors), shifts);
      };
      const whole = (gain: tf.Tensor, shift: tf.Tensor) =>
        tf.add(tf.mul(tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon))), gain), shift);
      const results = (compute: typeof whole) => [
        compute(scale, offset),
        ...tf.grads((...given) => tf.sum(tf.mul(compute(given[0]!, given[1]!), weights)))([scale, offset]),
      ];
      const wanted = results(whole);
      results(byFactors).forEach((tensor, i) => {
        expect(tensor.shape).toEqual(wanted[i]!.shape);
        const scaleOf = tf.max(tf.abs(wanted[i]!)).dataSync()[0]!;
        expect(tf.max(tf.abs(tf.sub(tensor, wanted[i]!))).dataSync()[0]! / scaleOf).toBeLessThan(1e-5);
      });
    });
  });
});
