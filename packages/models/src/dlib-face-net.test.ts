import { accelerate, selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import reference from '../fixtures/networks.json' with { type: 'json' };
import { learnByHeart } from '../fixtures/learn-by-heart.ts';
import { pictures } from '../fixtures/scatter.ts';
import {
  createModel,
  describeArchitecture,
  dlibFaceNet,
  loadDlibFaceNet,
  type EmbeddingModel,
} from './index.ts';

let model: EmbeddingModel;
beforeAll(async () => {
  await selectEngine();
  model = await loadDlibFaceNet();
}, 60_000);
afterAll(() => model.dispose());

test('29 convolutions, the sizes of dlib after each stage, and its number of weights', () => {
  const { layers, parameters } = describeArchitecture(dlibFaceNet());
  // `anet_type` of dlib's dnn_face_recognition_ex.cpp, from the input on: filters and number of residual blocks. A
  // convolution's bias is one with the offset of the affine layer after it.
  let channels = 32;
  let published = 7 * 7 * 3 * channels + 2 * channels;
  for (const [filters, blocks] of [
    [32, 3],
    [64, 4],
    [128, 3],
    [256, 3],
    [256, 1],
  ] as const) {
    for (let block = 0; block < blocks; block++) {
      published += 9 * (channels + filters) * filters + 4 * filters;
      channels = filters;
    }
  }
  expect(parameters).toBe(published + channels * 128);
  expect(layers.filter(({ type }) => type === 'conv')).toHaveLength(29);
  const shapes = new Map(layers.map(({ name, outputShape }) => [name, outputShape]));
  expect(
    ['stem', 'stage1', 'stage2', 'stage3', 'stage4', 'stage5', 'head'].map((name) => shapes.get(name)),
  ).toEqual([[35, 35, 32], [35, 35, 32], [17, 17, 64], [8, 8, 128], [4, 4, 256], [2, 2, 256], [128]]);
});

test('embeds as PyTorch does from the same weights; every weight can be trained', () => {
  const images = pictures(2, 150);
  const embeddings = model.embed(images);
  embeddings
    .dataSync()
    .forEach((value, i) =>
      expect(value).toBeCloseTo(reference.dlibFaceNet.embeddings[Math.floor(i / 128)]![i % 128]!, 4),
    );
  expect(tf.memory().numTensors).toBe(model.weights.size + 2);
  expect([...model.weights.values()].every(({ trainable }) => trainable)).toBe(true);
  tf.dispose([images, embeddings]);
});

test('learns 40 images of 10 people by heart, from scratch', { timeout: 300_000 }, () => {
  accelerate();
  const scratch = createModel(dlibFaceNet(), { seed: 1 });
  const before = tf.memory().numTensors;
  expect(learnByHeart(scratch, 3e-4, 110)).toBe(40);
  expect(tf.memory().numTensors).toBe(before);
  scratch.dispose();
});
