import { tripletLoss } from '@ft/core-losses';
import { pkSampler, type PackedImages } from '@ft/datasets';
import { semiHard } from '@ft/miners';
import { createModel, exportWeights, smallCnn } from '@ft/models';
import { createRandom } from '@ft/random';
import {
  adamW,
  augmentedImages,
  linearDecay,
  train,
  type StepRecord,
  type TrainingResult,
  type TrainOptions,
  type TupleObjective,
} from '../src/index.ts';

export const SIZE = 32;

/** Six people, four images each: a person is a colour, an image a noisy copy of it. */
export function people(): PackedImages {
  const random = createRandom(4);
  const count = 24;
  const pixels = new Uint8Array(count * SIZE * SIZE * 3);
  for (let image = 0; image < count; image++) {
    const person = Math.floor(image / 4);
    for (let i = 0; i < SIZE * SIZE; i++) {
      for (let c = 0; c < 3; c++) {
        pixels[(image * SIZE * SIZE + i) * 3 + c] = (((person + 1) * (c + 2) * 37) % 160) + random.int(90);
      }
    }
  }
  return {
    count,
    height: SIZE,
    width: SIZE,
    channels: 3,
    pixels,
    ids: Array.from({ length: count }, (_, i) => `image${i}`),
    labels: Int32Array.from({ length: count }, (_, i) => Math.floor(i / 4)),
    identities: ['a', 'b', 'c', 'd', 'e', 'f'],
    skipped: [],
  };
}

export const triplet: TupleObjective = {
  measure: 'squared-euclidean',
  loss(distances, mined) {
    if (mined.kind !== 'triplets') throw new Error('triplets expected');
    return tripletLoss(distances, mined, { margin: 0.2, checkFinite: false });
  },
};

/** A tiny run of six steps; an option that is undefined is left out. */
export function setUp(
  changes: { [Name in keyof TrainOptions]?: TrainOptions[Name] | undefined } = {},
): TrainOptions {
  const images = people();
  const options = {
    model: createModel(smallCnn({ size: SIZE, width: 0.125, embeddingSize: 8 }), { seed: 7 }),
    inputs: augmentedImages(images, { flip: true, shift: 1, noise: 2 }),
    sampler: pkSampler({
      labels: images.labels,
      people: 3,
      imagesPerPerson: 2,
      random: createRandom(7, 'sampler'),
    }),
    miner: semiHard({ margin: 0.2, choice: 'all' }),
    objective: triplet,
    optimizer: adamW(),
    learningRate: linearDecay({ peak: 0.003, steps: 6 }),
    steps: 6,
    seed: 7,
    ...changes,
  };
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as TrainOptions;
}

export interface RunOutcome {
  readonly result: TrainingResult;
  readonly records: Omit<StepRecord, 'time' | 'tensors'>[];
  readonly weights: Awaited<ReturnType<typeof exportWeights>>;
}

/** Runs what {@link setUp} made and keeps everything that must repeat. */
export async function runSteps(changes: Parameters<typeof setUp>[0] = {}): Promise<RunOutcome> {
  const records: RunOutcome['records'] = [];
  const options = setUp({
    ...changes,
    onStep: async (record, detail) => {
      const { time: _time, tensors: _tensors, ...rest } = record;
      records.push(rest);
      await changes.onStep?.(record, detail);
    },
  });
  const result = await train(options);
  return { result, records, weights: await exportWeights(options.model) };
}
