import { selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import reference from '../fixtures/networks.json' with { type: 'json' };
import { learnByHeart } from '../fixtures/learn-by-heart.ts';
import { pictures, scatter } from '../fixtures/scatter.ts';
import {
  createModel,
  describeArchitecture,
  irNet50,
  mobileFaceNet,
  nn4Small2,
  resNet18,
  smallCnn,
  type Architecture,
  type EmbeddingModel,
} from './index.ts';

beforeAll(async () => {
  await selectEngine();
});

/** Blocks with the shapes of the papers' tables. */
const published = [
  {
    name: 'mobileFaceNet',
    build: mobileFaceNet,
    blocks: {
      stem: [56, 56, 64],
      stage1: [28, 28, 64],
      stage2: [14, 14, 128],
      stage3: [14, 14, 128],
      stage4: [7, 7, 128],
      stage5: [7, 7, 128],
      head: [128],
    },
    // Table 1 of the paper, added up by hand: 976,000 in convolutions, 7,552 in PReLU, 19,584 in batch norm. With batch norm
    // folded into the convolutions half of the last remain: 993,344, the "less than 1 million" of the paper
    // (arXiv:1804.07573) and the 0.993 million of `face-recognition-mobilefacenet-arcface` in OpenVINO's Open Model Zoo.
    parameters: 976_000 + 7552 + 19_584,
  },
  {
    name: 'nn4Small2',
    build: nn4Small2,
    blocks: {
      inception2: [12, 12, 192],
      inception3a: [12, 12, 256],
      inception3b: [12, 12, 320],
      inception3c: [6, 6, 640],
      inception4a: [6, 6, 640],
      inception4e: [3, 3, 1024],
      inception5a: [3, 3, 736],
      inception5b: [3, 3, 736],
    },
    // https://cmusatyalab.github.io/openface/models-and-accuracies/
    parameters: 3_733_968,
  },
  {
    name: 'resNet18',
    build: () => resNet18({ size: 224 }),
    blocks: {
      stem: [56, 56, 64],
      stage1: [56, 56, 64],
      stage2: [28, 28, 128],
      stage3: [14, 14, 256],
      stage4: [7, 7, 512],
    },
    // torchvision's `num_params`, 11,689,512, with a classifier of 1,000 classes in place of the embedding.
    parameters: 11_689_512 - 513 * 1000 + 513 * 128,
  },
  {
    name: 'irNet50',
    build: irNet50,
    blocks: {
      stem: [112, 112, 64],
      stage1: [56, 56, 64],
      stage2: [28, 28, 128],
      stage3: [14, 14, 256],
      stage4: [7, 7, 512],
      head: [512],
    },
    // What PyTorch counts in `iresnet50` of InsightFace's arcface_torch, for 112 pixels and 512 numbers.
    parameters: 43_590_848,
  },
] as const;

test.each(published)(
  '$name has the published shapes and number of weights',
  ({ build, blocks, parameters }) => {
    const { layers, parameters: counted } = describeArchitecture(build());
    const shapes = new Map(layers.map(({ name, outputShape }) => [name, outputShape]));
    for (const [block, shape] of Object.entries(blocks)) expect(shapes.get(block), block).toEqual(shape);
    expect(counted).toBe(parameters);
  },
);

const small = (name: 'mobileFaceNet' | 'nn4Small2' | 'resNet18' | 'irNet50'): Architecture => {
  const { size, width, embeddingSize } = reference[name];
  const build = { mobileFaceNet, nn4Small2, resNet18, irNet50 }[name];
  return build({ size, width, embeddingSize });
};

/** Weights by the formula that the reference uses, in the order of use. */
function scatterWeights(model: EmbeddingModel): void {
  [...model.weights].forEach(([name, weight], stream) => {
    const shape = weight.shape;
    const suffix = name.slice(name.lastIndexOf('/') + 1);
    const ranges: Record<string, [base: number, spread: number]> = {
      bias: [0, 0.1],
      scale: [1, 0.4],
      offset: [0, 0.2],
      mean: [0, 0.2],
      variance: [1, 0.5],
      slope: [0.25, 0.1],
    };
    let [base, spread] = ranges[suffix] ?? [0, 0];
    if (suffix === 'kernel') {
      const [height = 0, width = 0, inputs = 0] = shape;
      const isDepthwise = name.includes('depthwise');
      const fan = shape.length === 2 ? height + width : height * width * (isDepthwise ? 1 : inputs);
      spread = Math.sqrt(12) * Math.sqrt(2 / fan);
    }
    tf.tidy(() => {
      const values = scatter(weight.size, stream).map((value) => base + value * spread);
      weight.assign(tf.tensor(values, shape));
    });
  });
}

const withReference = ['mobileFaceNet', 'nn4Small2', 'resNet18', 'irNet50'] as const;

test.each(withReference)('%s embeds as PyTorch does from the same weights', (name) => {
  const { size, embeddings, embeddingSize, parameters } = reference[name];
  expect(describeArchitecture(small(name)).parameters).toBe(parameters);
  const model = createModel(small(name), { seed: 1 });
  scatterWeights(model);
  const images = pictures(2, size);
  const got = model.embed(images);
  got
    .dataSync()
    .forEach((value, i) =>
      expect(value).toBeCloseTo(embeddings[Math.floor(i / embeddingSize)]![i % embeddingSize]!, 4),
    );
  tf.dispose([images, got]);
  model.dispose();
});

const learning: (readonly [name: string, architecture: Architecture])[] = [
  ['smallCnn', smallCnn({ size: 32, width: 0.25 })],
  ...withReference.map((name) => [name, small(name)] as const),
];

test.each(learning)(
  '%s learns 40 images of 10 people by heart',
  { timeout: 60_000 },
  (_name, architecture) => {
    const model = createModel({ ...architecture, normalize: false }, { seed: 2 });
    const before = tf.memory().numTensors;
    expect(learnByHeart(model, 0.003)).toBe(40);
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  },
);

test('a smallCnn of crops embeds as networks of their own would, side by side', () => {
  const options = { width: 0.25, embeddingSize: 8 };
  const crops = [
    [0, 8, 32],
    [5, 2, 34],
  ] as const;
  const model = createModel(smallCnn({ ...options, size: 40, crops }), { seed: 1 });
  scatterWeights(model);
  const images = pictures(2, 40);
  tf.tidy(() => {
    const parts = crops.map(([top, left, size], i) => {
      const own = createModel(smallCnn({ ...options, size, embeddingSize: 4 }), { seed: 2 });
      for (const [name, weight] of own.weights) {
        weight.assign(model.weights.get(`concat1/branch${i + 1}/${name}`)!);
      }
      const part = own.embed(tf.slice(images, [0, top, left, 0], [2, size, size, 3]));
      own.dispose();
      return part;
    });
    const expected = tf.div(tf.concat(parts, 1), Math.SQRT2).dataSync();
    model
      .embed(images)
      .dataSync()
      .forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });
  images.dispose();
  model.dispose();
});

test('options out of range are refused', () => {
  const crops = 'smallCnn: crops must be one or more [top, left, size] in whole pixels, within 64 x 64';
  for (const given of [[], [[0, 0]], [[0, 40, 32]], [[0, 0, 31]], [[0.5, 0, 32]], 32, null]) {
    expect(() => smallCnn({ size: 64, crops: given as never }), String(given)).toThrow(crops);
  }
  expect(() =>
    smallCnn({
      embeddingSize: 64,
      crops: [
        [0, 0, 32],
        [0, 1, 32],
        [1, 0, 32],
      ],
    }),
  ).toThrow('smallCnn: embeddingSize must be a positive multiple of 3, got 64.');
  expect(() => mobileFaceNet({ size: 100 })).toThrow(
    'mobileFaceNet: size must be a positive multiple of 16, got 100.',
  );
  expect(() => irNet50({ width: 0 })).toThrow('irNet50: width must be above 0 and at most 8, got 0.');
  expect(() => resNet18({ size: 16 })).toThrow('resNet18: size must be an integer of at least 32, got 16.');
  expect(() => nn4Small2({ embeddingSize: 0 })).toThrow(
    'nn4Small2: embeddingSize must be a positive integer, got 0.',
  );
});
