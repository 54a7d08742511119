import { accelerate, selectEngine, startWasm } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { disturbed } from '../fixtures/disturbed.ts';
import { pictures } from '../fixtures/scatter.ts';
import type { EmbeddingModel, Layer } from './index.ts';

const filters = 16;
const convolutions: Record<string, Layer[]> = {
  conv1: [{ type: 'conv', filters, kernel: 3, stride: 2, bias: true, padding: 1 }],
  depthwise1: [{ type: 'depthwise-conv', kernel: 3, stride: 2, bias: false, padding: 1 }],
  depthwise2: [
    { type: 'depthwise-conv', kernel: 3, stride: 2, bias: false, padding: 'valid' },
    { type: 'depthwise-conv', kernel: 7, stride: 1, bias: true, padding: 'valid' },
  ],
};
const norms: Layer[] = [{ type: 'affine' }, { type: 'batch-norm', epsilon: 1e-2, momentum: 0.9 }];
const activations: Layer[][] = [[], [{ type: 'relu' }], [{ type: 'prelu' }]];
const cases = Object.entries(convolutions).flatMap(([last, before]) =>
  norms.flatMap((norm) => activations.map((after) => ({ last, layers: [...before, norm, ...after] }))),
);

function modelOf(layers: readonly Layer[]): EmbeddingModel {
  return disturbed({
    name: 'fused',
    input: { height: 16, width: 16, channels: 3, mean: [127.5, 127.5, 127.5], scale: 1 / 64 },
    embeddingSize: 4,
    normalize: false,
    layers: [...layers, { type: 'flatten' }, { type: 'dense', units: 4, bias: true }],
  });
}

/** Embeddings, and the gradients of the sum of their squares by every trainable weight. */
function valuesAndGradients(model: EmbeddingModel, embed: () => tf.Tensor): number[][] {
  const variables = [...model.weights.values()].filter(({ trainable }) => trainable);
  return tf.tidy(() => {
    const { grads } = tf.variableGrads(() => tf.sum(tf.square(embed())), variables);
    return [embed(), ...Object.values(grads)].map((tensor) => Array.from(tensor.dataSync()));
  });
}

describe.each(['tensorflow', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => {
    if (backend === 'wasm') await startWasm();
    else await selectEngine();
    accelerate();
  });

  test.each(cases)('$layers: as one layer after the other', ({ last, layers }) => {
    const model = modelOf(layers);
    const images = pictures(3, 16);
    const before = tf.memory().numTensors;
    const found = valuesAndGradients(model, () => model.embed(images));
    // A cut leaves the convolution alone.
    const expected = valuesAndGradients(model, () =>
      model.embed(model.features(images, { upTo: last }), { from: last }),
    );
    expect(tf.memory().numTensors).toBe(before);
    found.forEach((values, k) => {
      const largest = Math.max(1e-3, ...expected[k]!.map(Math.abs));
      const worst = Math.max(...values.map((value, i) => Math.abs(value - expected[k]![i]!)));
      expect(worst / largest).toBeLessThan(1e-5);
    });
    images.dispose();
    model.dispose();
  });
});

test('batch norm that follows the batch keeps its own pass', () => {
  const model = modelOf([...convolutions['conv1']!, norms[1]!]);
  const images = pictures(3, 16);
  const mean = [...model.weights.get('norm1/mean')!.dataSync()];
  tf.dispose(model.embed(images, { training: true }));
  expect([...model.weights.get('norm1/mean')!.dataSync()]).not.toEqual(mean);
  images.dispose();
  model.dispose();
});
