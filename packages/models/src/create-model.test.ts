import { createRandom } from '@ft/random';
import { selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { everyLayer as rich } from '../fixtures/every-layer.ts';
import { createModel, describeArchitecture, embedImages, smallCnn, type Architecture } from './index.ts';

const tiny: Architecture = {
  ...smallCnn({ size: 32, width: 0.125, embeddingSize: 6 }),
  name: 'tiny',
  layers: [
    { type: 'conv', filters: 4, kernel: 3, stride: 2, bias: true },
    { type: 'batch-norm', epsilon: 1e-3, momentum: 0.9 },
    { type: 'relu' },
    { type: 'global-average-pool' },
    { type: 'dense', units: 6, bias: true },
  ],
};
const flat: Architecture = {
  ...tiny,
  layers: tiny.layers.map((layer) => (layer.type === 'global-average-pool' ? { type: 'flatten' } : layer)),
};

function build(...layers: Architecture['layers']) {
  return createModel({ ...tiny, layers: [...layers, ...tiny.layers] }, { seed: 1 });
}

function photos(count: number, size: number, seed = 1): Uint8Array {
  const random = createRandom(seed);
  return Uint8Array.from({ length: count * size * size * 3 }, () => random.int(256));
}

beforeAll(async () => {
  await selectEngine();
});

test('the small network has the published number of weights', () => {
  const model = createModel(smallCnn(), { seed: 1 });
  let trainable = 0;
  for (const weight of model.weights.values()) if (weight.trainable) trainable += weight.size;
  const convolutions = 9 * (3 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 128 * 128 + 128 * 256) + 256 * 32;
  const norms = 2 * (32 + 64 + 64 + 128 + 128 + 256 + 32);
  expect(trainable).toBe(convolutions + norms + 7 * 7 * 32 * 128);
  expect([...model.weights.keys()].slice(0, 6)).toEqual([
    'conv1/kernel',
    'norm1/scale',
    'norm1/offset',
    'norm1/mean',
    'norm1/variance',
    'conv2/kernel',
  ]);
  model.dispose();
});

test('the same seed gives the same weights, another seed others', () => {
  const kernels = [1, 1, 2].map((seed) => {
    const model = createModel(tiny, { seed });
    const values = [...model.weights.get('conv1/kernel')!.dataSync()];
    model.dispose();
    return values;
  });
  expect(kernels[0]).toEqual(kernels[1]);
  expect(kernels[0]).not.toEqual(kernels[2]);
});

test('embeddings have length 1, and nothing is leaked', () => {
  const before = tf.memory().numTensors;
  const model = createModel(tiny, { seed: 1 });
  expect(tf.memory().numTensors).toBe(before + model.weights.size);
  const images = tf.tensor4d(photos(3, 32), [3, 32, 32, 3], 'int32');
  for (const training of [false, true]) {
    const embeddings = model.embed(images, { training });
    expect(tf.memory().numTensors).toBe(before + model.weights.size + 2);
    expect(embeddings.shape).toEqual([3, 6]);
    const squares = tf.square(embeddings);
    const lengths = tf.sum(squares, 1);
    for (const length of lengths.dataSync()) expect(length).toBeCloseTo(1, 5);
    tf.dispose([embeddings, squares, lengths]);
  }
  images.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('training uses the statistics of the batch and moves the running ones towards them', () => {
  const model = createModel(tiny, { seed: 1 });
  const images = tf.tensor4d(photos(4, 32), [4, 32, 32, 3], 'int32');
  const mean = model.weights.get('norm1/mean')!;
  model.embed(images).dispose();
  expect([...mean.dataSync()]).toEqual([0, 0, 0, 0]);
  model.embed(images, { training: true }).dispose();
  const once = [...mean.dataSync()];
  const batchMean = once.map((value) => value * 10);
  for (let i = 0; i < 200; i++) model.embed(images, { training: true }).dispose();
  [...mean.dataSync()].forEach((value, i) => expect(value).toBeCloseTo(batchMean[i]!, 3));
  model.dispose();
});

test.each([tiny, flat, rich])(
  'gradients of every weight agree with finite differences (%#)',
  (architecture) => {
    const model = createModel(architecture, { seed: 3 });
    const images = tf.tensor4d(photos(4, 32), [4, 32, 32, 3], 'int32');
    const target = tf.tensor2d(
      Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
      [4, 6],
    );
    const loss = () =>
      tf.tidy(() => tf.sum(tf.mul(model.embed(images, { training: true }), target)) as tf.Scalar);
    const trainable = [...model.weights].filter(([, weight]) => weight.trainable);
    const { grads } = tf.variableGrads(
      loss,
      trainable.map(([, weight]) => weight),
    );
    for (const [name, weight] of trainable) {
      const gradient = grads[weight.name]!.dataSync();
      const values = Float32Array.from(weight.dataSync());
      for (const index of new Set([0, Math.floor(values.length / 2), values.length - 1])) {
        const at = (delta: number) => {
          const moved = values.slice();
          moved[index]! += delta;
          weight.assign(tf.tensor(moved, weight.shape));
          return loss().dataSync()[0]!;
        };
        const numeric = (at(2e-4) - at(-2e-4)) / 4e-4;
        weight.assign(tf.tensor(values, weight.shape));
        expect(gradient[index], `${name}[${index}]`).toBeCloseTo(numeric, 2);
      }
    }
    model.dispose();
  },
);

test('layers inside others are named by their path', () => {
  const model = createModel(rich, { seed: 1 });
  expect([...model.weights.keys()]).toEqual([
    'stem/conv1/kernel',
    'stem/conv1/bias',
    'stem/affine1/scale',
    'stem/affine1/offset',
    'stem/prelu1/slope',
    'middle/concat1/branch1/conv1/kernel',
    'middle/residual1/branch/depthwise1/kernel',
    'middle/residual1/branch/depthwise1/bias',
    'middle/residual1/branch/norm1/scale',
    'middle/residual1/branch/norm1/offset',
    'middle/residual1/branch/norm1/mean',
    'middle/residual1/branch/norm1/variance',
    'depthwise1/kernel',
    'depthwise1/bias',
    'concat1/branch1/dense1/kernel',
    'concat1/branch1/dense1/bias',
    'concat1/branch2/dense1/kernel',
    'concat1/branch2/dense1/bias',
  ]);
  expect(model.weights.get('middle/residual1/branch/norm1/scale')!.trainable).toBe(false);
  model.dispose();
});

test('embedding from the features of any split point is the same as embedding from the image', () => {
  const model = createModel(rich, { seed: 1 });
  const images = tf.tensor4d(photos(3, 32), [3, 32, 32, 3], 'int32');
  const whole = model.embed(images);
  const points = describeArchitecture(rich).layers.filter(({ splittable }) => splittable);
  expect(points.map(({ name }) => name)).toContain('middle/concat1');
  for (const { name, outputShape } of points) {
    const features = model.features(images, { upTo: name });
    expect(features.shape).toEqual([3, ...outputShape]);
    const tail = model.embed(features, { from: name });
    tail.dataSync().forEach((value, i) => expect(value, name).toBeCloseTo(whole.dataSync()[i]!, 6));
    // The input of the tail is the caller's, even where nothing is left to do.
    expect(features.isDisposed).toBe(false);
    tf.dispose([features, tail]);
  }
  tf.dispose([images, whole]);
  model.dispose();
});

test('a frozen layer keeps its running statistics and normalises with them', () => {
  const model = createModel({ ...tiny, normalize: false }, { seed: 1 });
  const images = tf.tensor4d(photos(4, 32), [4, 32, 32, 3], 'int32');
  const mean = model.weights.get('norm1/mean')!;
  const asked: string[] = [];
  const frozen = model.embed(images, {
    training: true,
    frozen: (name) => {
      asked.push(name);
      return name === 'norm1';
    },
  });
  expect(asked).toEqual(['norm1']);
  expect([...mean.dataSync()]).toEqual([0, 0, 0, 0]);
  const plain = model.embed(images);
  expect([...frozen.dataSync()]).toEqual([...plain.dataSync()]);
  const other = model.embed(images, { training: true, frozen: () => false });
  expect(mean.dataSync()[0]).not.toBe(0);
  tf.dispose([images, frozen, plain, other]);
  model.dispose();
});

test('a split point that does not exist, and layers that do not fit, are refused by name', () => {
  const model = createModel(rich, { seed: 1 });
  const images = tf.zeros([1, 32, 32, 3]);
  expect(() => model.features(images, { upTo: 'midle' })).toThrow(
    'rich.features: upTo must be the name of a block or layer of rich that is not inside a residual or concatenation, got "midle". Did you mean "middle"?',
  );
  expect(() => model.embed(images, { from: 'nowhere-at-all' })).toThrow('Its blocks are stem, middle.');
  expect(() => model.embed(images, { from: 'stem' })).toThrow(
    'rich.embed: features of "stem" must be of shape [batch, 8, 8, 4], got a tensor of shape [1, 32, 32, 3].',
  );
  model.dispose();

  const conv = { type: 'conv', filters: 4, kernel: 3, stride: 2, bias: true } as const;
  expect(() => build({ type: 'residual', branch: [conv], shortcut: [] })).toThrow(
    `createModel: architecture.layers[0].shortcut must be of the branch's shape [16, 16, 4], got "[32, 32, 3]".`,
  );
  expect(() => build({ type: 'concat', branches: [[conv], []] })).toThrow(
    'createModel: architecture.layers[0].branches must be of one height and width, got "[16, 16, 4] and [32, 32, 3]".',
  );
  expect(() => build({ type: 'concat', branches: [] })).toThrow(
    'architecture.layers[0].branches must be of one height',
  );
  expect(() => build({ type: 'crop', top: 1, left: 0, size: 32 })).toThrow(
    'createModel: architecture.layers[0] must be a square within 32 x 32, got "32 x 32 from row 1, column 0".',
  );
  expect(() => build({ type: 'l2-normalize' })).toThrow(
    'createModel: architecture.layers[0] must be after a global average or a flattening, got "l2-normalize".',
  );
  expect(() => build({ type: 'max-pool', size: 33, stride: 1, padding: 'valid' })).toThrow(
    'createModel: architecture.layers[0] must be of a window that fits into 32 x 32, got "max-pool of 33".',
  );
  expect(() => build({ type: 'block', name: 'conv1', layers: [{ type: 'relu' }] })).toThrow(
    'createModel: architecture.layers[1].name must be',
  );
});

test('embedImages gives the same as embed, whatever the batch size, and mirrors on request', async () => {
  const model = createModel(tiny, { seed: 1 });
  const pixels = photos(5, 32);
  const images = { pixels, count: 5, height: 32, width: 32 };
  const whole = await embedImages(model, images);
  const progress: number[] = [];
  const batches = await embedImages(model, images, {
    batchSize: 2,
    onProgress: (done) => progress.push(done),
  });
  expect(progress).toEqual([2, 4, 5]);
  batches.forEach((value, i) => expect(value).toBeCloseTo(whole[i]!, 5));

  const mirrored = new Uint8Array(pixels.length);
  for (let i = 0; i < 5 * 32; i++) {
    for (let x = 0; x < 32; x++) {
      for (let c = 0; c < 3; c++) mirrored[(i * 32 + x) * 3 + c] = pixels[(i * 32 + 31 - x) * 3 + c]!;
    }
  }
  const other = await embedImages(model, { ...images, pixels: mirrored });
  const both = await embedImages(model, images, { flip: true });
  for (let row = 0; row < 5; row++) {
    const sum = Array.from({ length: 6 }, (_, i) => whole[row * 6 + i]! + other[row * 6 + i]!);
    const length = Math.hypot(...sum);
    sum.forEach((value, i) => expect(both[row * 6 + i]).toBeCloseTo(value / length, 4));
  }
  model.dispose();
});

test('bad input is refused with a sentence', async () => {
  expect(() => smallCnn({ size: 8 })).toThrow('smallCnn: size must be an integer of at least 32, got 8.');
  expect(() => smallCnn({ width: 0 })).toThrow('smallCnn: width must be above 0 and at most 8, got 0.');
  expect(() => smallCnn({ embeddingSize: 1.5 })).toThrow(
    'smallCnn: embeddingSize must be a positive integer',
  );
  expect(() => createModel({ ...tiny, embeddingSize: 7 }, { seed: 1 })).toThrow(
    'createModel: architecture.layers must be an output of shape [batch, 7] (the embeddingSize), got "[batch, 6]".',
  );
  expect(() =>
    createModel({ ...tiny, layers: [{ type: 'dense', units: 6, bias: false }] }, { seed: 1 }),
  ).toThrow(
    'createModel: architecture.layers[0] must be after a global average or a flattening, got "dense".',
  );
  const model = createModel(tiny, { seed: 1 });
  expect(() => model.embed(tf.zeros([1, 16, 16, 3]))).toThrow(
    'tiny.embed: images must be of shape [batch, 32, 32, 3], got a tensor of shape [1, 16, 16, 3].',
  );
  await expect(
    embedImages(model, { pixels: new Uint8Array(5), count: 1, height: 32, width: 32 }),
  ).rejects.toThrow(
    'embedImages: images.pixels must be of length count x height x width x 3 = 3072, got a Uint8Array of 5.',
  );
  model.dispose();
});
