import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tripletLoss } from '@ft/core-losses';
import { pkSampler, type PackedImages } from '@ft/datasets';
import { accelerate, selectEngine } from '@ft/engine';
import { defineMiner, type MinerBatch } from '@ft/miner-api';
import { semiHard } from '@ft/miners';
import { createModel, exportWeights, smallCnn } from '@ft/models';
import { createRandom } from '@ft/random';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  adamW,
  CheckpointError,
  DivergedError,
  linearDecay,
  loadCheckpoint,
  saveCheckpoint,
  train,
  type Objective,
  type StepRecord,
  type TrainOptions,
} from './index.ts';

const SIZE = 32;
let directory: string;

beforeEach(async () => {
  if ((await selectEngine()).name !== 'wasm') accelerate();
  directory = await mkdtemp(join(tmpdir(), 'ft-training-'));
});
afterEach(() => rm(directory, { recursive: true }));

/** Six people, four images each: a person is a colour, an image a noisy copy of it. */
function people(): PackedImages {
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

const triplet: Objective = {
  measure: 'squared-euclidean',
  loss(distances, mined) {
    if (mined.kind !== 'triplets') throw new Error('triplets expected');
    return tripletLoss(distances, mined, { margin: 0.2, checkFinite: false });
  },
};

function setUp(changes: Partial<TrainOptions> = {}) {
  const model = createModel(smallCnn({ size: SIZE, width: 0.125, embeddingSize: 8 }), { seed: 7 });
  const images = people();
  const options: TrainOptions = {
    model,
    images,
    sampler: pkSampler({
      labels: images.labels,
      people: 3,
      imagesPerPerson: 2,
      random: createRandom(7, 'sampler'),
    }),
    miner: semiHard({ margin: 0.2, choice: 'all' }),
    objective: triplet,
    optimizer: adamW(model.weights),
    learningRate: linearDecay({ peak: 0.003, steps: 6 }),
    steps: 6,
    augment: { flip: true, shift: 1, noise: 2 },
    seed: 7,
    ...changes,
  };
  return options;
}

async function runSteps(changes: Partial<TrainOptions> = {}) {
  const records: Omit<StepRecord, 'time' | 'tensors'>[] = [];
  const options = setUp({
    ...changes,
    onStep: async (record, detail) => {
      const { time: _time, tensors: _tensors, ...rest } = record;
      records.push(rest);
      await changes.onStep?.(record, detail);
    },
  });
  const reached = await train(options);
  return { reached, records, weights: exportWeights(options.model) };
}

test('the same seed gives the same steps and weights, another seed does not', async () => {
  const [first, second, other] = [await runSteps(), await runSteps(), await runSteps({ seed: 8 })];
  expect(first.records.map(({ step, epoch }) => [step, epoch])).toEqual([
    [1, 0],
    [2, 0],
    [3, 1],
    [4, 1],
    [5, 2],
    [6, 2],
  ]);
  expect(second).toEqual(first);
  expect(other.records).not.toEqual(first.records);
});

test('a run that stops anywhere and resumes ends like one that does not', async () => {
  const whole = await runSteps();
  for (const stop of [1, 3, 4]) {
    const file = join(directory, `stop-${stop}.safetensors`);
    const abort = new AbortController();
    const begun = await runSteps({
      checkpoint: { file, every: 2 },
      signal: abort.signal,
      onStep: ({ step }) => {
        if (step === stop) abort.abort();
      },
    });
    expect(begun.reached).toBe(stop);
    const resumed = await runSteps({ resume: await loadCheckpoint(file) });
    expect([...begun.records, ...resumed.records]).toEqual(whole.records);
    expect(resumed.weights).toEqual(whole.weights);
  }
});

test('every step leaves the same number of tensors', async () => {
  const counts: number[] = [];
  await train(setUp({ onStep: ({ tensors }) => void counts.push(tensors) }));
  expect(new Set(counts).size).toBe(1);
});

test('training tells people apart: the distances of different people grow past those of one', async () => {
  const steps = 30;
  const gaps: number[] = [];
  await train(
    setUp({
      steps,
      learningRate: linearDecay({ peak: 0.01, steps }),
      augment: {},
      onStep: (_record, { batch }) => void gaps.push(gapOf(batch)),
    }),
  );
  expect(mean(gaps.slice(-5))).toBeGreaterThan(mean(gaps.slice(0, 5)) + 0.2);
});

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean distance of images of different people less that of images of one person. */
function gapOf({ distances, anchorLabels }: MinerBatch): number {
  const sums = { same: 0, sameCount: 0, other: 0, otherCount: 0 };
  for (let a = 0; a < anchorLabels.length; a++) {
    for (let b = 0; b < a; b++) {
      const distance = distances.data[a * distances.candidates + b]!;
      if (anchorLabels[a] === anchorLabels[b]) {
        sums.same += distance;
        sums.sameCount += 1;
      } else {
        sums.other += distance;
        sums.otherCount += 1;
      }
    }
  }
  return sums.other / sums.otherCount - sums.same / sums.sameCount;
}

test('a step that mines nothing changes no weight', async () => {
  const nothing = defineMiner({
    name: 'nothing',
    output: 'triplets',
    options: {},
    mine: () => ({
      kind: 'triplets' as const,
      anchors: new Int32Array(),
      positives: new Int32Array(),
      negatives: new Int32Array(),
      statistics: { considered: 6, skipped: { 'on purpose': 6 } },
    }),
  });
  const before = exportWeights(setUp().model);
  const { weights, records } = await runSteps({ miner: nothing, steps: 2 });
  expect(records[0]).toMatchObject({ loss: 0, mined: 0, activeFraction: 0, positiveDistance: Number.NaN });
  const trained = [...weights].filter(([name]) => /kernel|scale|offset/.test(name));
  for (const [name, weight] of trained) expect(weight, name).toEqual(before.get(name));
});

test('NaN stops at its step, by number, and the weights stay', async () => {
  const poisoned: Objective = {
    ...triplet,
    loss: (distances) => tf.mul(tf.sum(distances), Number.NaN) as tf.Scalar,
  };
  await expect(runSteps({ objective: poisoned })).rejects.toThrow(DivergedError);
  await expect(runSteps({ objective: poisoned })).rejects.toThrow('Step 1: the loss is NaN.');
  const options = setUp();
  options.model.weights.get('conv1/kernel')!.assign(tf.mul(tf.ones([3, 3, 3, 4]), Number.NaN));
  await expect(train(options)).rejects.toThrow(/^Step 1: the distance of images 0 and 0 of the batch is NaN/);
});

test('a checkpoint that cannot be written leaves the one before it and says what to do', async () => {
  const file = join(directory, 'checkpoint.safetensors');
  const tensors = new Map([['a', { shape: [2], data: Float32Array.of(1, 2) }]]);
  await saveCheckpoint(file, { step: 1, tensors, state: { sampler: [1] } });
  expect(await loadCheckpoint(file)).toEqual({ step: 1, tensors, state: { sampler: [1] } });

  const nowhere = join(directory, 'missing/checkpoint.safetensors');
  await expect(saveCheckpoint(nowhere, { step: 2, tensors, state: {} })).rejects.toThrow(CheckpointError);
  await expect(saveCheckpoint(nowhere, { step: 2, tensors, state: {} })).rejects.toThrow(
    /the checkpoint of step 2 cannot be written \(ENOENT/,
  );
  await expect(loadCheckpoint(nowhere)).rejects.toThrow(/cannot be read \(ENOENT\)/);

  const bytes = await readFile(file);
  await writeFile(file, bytes.subarray(0, bytes.length - 3));
  await expect(loadCheckpoint(file)).rejects.toThrow(/is not a readable safetensors file/);
});
