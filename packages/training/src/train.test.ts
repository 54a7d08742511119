import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createArcFaceLoss } from '@ft/core-losses';
import { accelerate, selectEngine } from '@ft/engine';
import { defineMiner, type MinerBatch } from '@ft/miner-api';
import { referenceBank } from '@ft/miners';
import { createModel, exportWeights, smallCnn } from '@ft/models';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runSteps, setUp, SIZE, triplet } from '../test/scene.ts';
import {
  augmentedImages,
  DivergedError,
  embeddingObjective,
  latestCheckpoint,
  linearDecay,
  plateauDecay,
  sgd,
  train,
  type TrainOptions,
  type TupleObjective,
} from './index.ts';
import { people } from '../test/scene.ts';

let directory: string;

beforeEach(async () => {
  if ((await selectEngine()).name !== 'wasm') accelerate();
  directory = await mkdtemp(join(tmpdir(), 'ft-training-'));
});
afterEach(() => rm(directory, { recursive: true }));

const arcFace = () => createArcFaceLoss({ classes: 6, dimension: 8, scale: 16, checkFinite: false });
/** An objective on embeddings, with weights of its own. */
const softmax = () => ({ objective: embeddingObjective(arcFace()), miner: undefined });

test('the same seed gives the same steps and weights, another seed does not', async () => {
  const [first, second, other] = [await runSteps(), await runSteps(), await runSteps({ seed: 8 })];
  expect(first.result).toEqual({ steps: 6, reason: 'finished' });
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

test.each([
  ['mined triplets', () => ({})],
  ['a softmax with a margin', softmax],
  ['a memory', () => ({ memory: referenceBank({ capacity: 12, dimension: 8 }) })],
  ['frozen layers', () => ({ parameters: [{ names: 'conv1/*', frozenUntil: 3 }] })],
])('two passes give the same run as one: %s', async (_, changes) => {
  const one = await runSteps({ ...changes(), steps: 4 });
  const two = await runSteps({ ...changes(), steps: 4, chunk: 6 });
  expect(two).toEqual(one);
});

const resumable: Record<string, () => Parameters<typeof runSteps>[0]> = {
  'mined triplets': () => ({}),
  'a softmax with a margin': softmax,
  everything: () => ({
    memory: referenceBank({ capacity: 12, dimension: 8 }),
    optimizer: sgd({ nesterov: true }),
    learningRate: plateauDecay({ peak: 0.01, patience: 1 }),
    average: { decay: 0.9 },
    parameters: [{ names: 'conv1/*', frozenUntil: 3 }],
    clipNorm: 1,
    chunk: 4,
    validation: {
      every: 2,
      bestFile: join(directory, 'best.safetensors'),
      validate: (model) => ({
        score: tf.tidy(() => model.weights.get('conv1/kernel')!.sum().dataSync()[0]!),
      }),
    },
  }),
};

test.each(Object.entries(resumable))(
  'a run that stops anywhere and resumes ends like one that does not: %s',
  async (name, changes) => {
    const whole = await runSteps(changes());
    for (const stop of name === 'everything' ? [1, 2, 3, 5] : [1, 4]) {
      const checkpoints = join(directory, `stop-${stop}`);
      const abort = new AbortController();
      const begun = await runSteps({
        ...changes(),
        checkpoint: { directory: checkpoints, every: 2 },
        signal: abort.signal,
        onStep: ({ step }) => {
          if (step === stop) abort.abort();
        },
      });
      expect(begun.result).toEqual({ steps: stop, reason: 'aborted' });
      const { checkpoint } = await latestCheckpoint(checkpoints);
      const resumed = await runSteps({ ...changes(), resume: checkpoint });
      expect([...begun.records, ...resumed.records]).toEqual(whole.records);
      expect(resumed.weights).toEqual(whole.weights);
      expect(resumed.result).toEqual(whole.result);
    }
  },
);

test.each<[string, Partial<TrainOptions> | (() => object)]>([
  ['mined triplets', {}],
  ['a softmax with a margin, in chunks', () => ({ ...softmax(), chunk: 4 })],
  ['an average', { average: { decay: 0.9 } }],
  ['clipping', { clipNorm: 0.1 }],
])('every step leaves the same number of tensors, the end none but the weights: %s', async (_, changes) => {
  const options = setUp(typeof changes === 'function' ? changes() : changes);
  const before = tf.memory().numTensors;
  const counts: number[] = [];
  await train({ ...options, onStep: ({ tensors }) => void counts.push(tensors) });
  expect(new Set(counts).size).toBe(1);
  options.optimizer.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('training tells people apart: the distances of different people grow past those of one', async () => {
  const steps = 30;
  const gaps: number[] = [];
  await train(
    setUp({
      steps,
      learningRate: linearDecay({ peak: 0.01, steps }),
      inputs: augmentedImages(people()),
      onStep: (_record, { mining }) => void gaps.push(gapOf(mining!.batch)),
    }),
  );
  expect(mean(gaps.slice(-5))).toBeGreaterThan(mean(gaps.slice(0, 5)) + 0.2);
});

test('a softmax with a margin learns, and its own weights with it', async () => {
  const loss = arcFace();
  const [weights] = loss.trainableVariables();
  const before = weights!.dataSync().slice();
  const { records } = await runSteps({
    objective: embeddingObjective(loss),
    miner: undefined,
    steps: 20,
    learningRate: linearDecay({ peak: 0.01, steps: 20 }),
  });
  expect(mean(records.slice(-5).map((record) => record.loss))).toBeLessThan(0.7 * records[0]!.loss);
  expect(weights!.dataSync()).not.toEqual(before);
  expect(records[0]).toMatchObject({ mined: 0, activeFraction: Number.NaN });
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
  const before = await exportWeights(setUp().model);
  for (const chunk of [undefined, 3]) {
    const { weights, records } = await runSteps({ miner: nothing, steps: 2, chunk });
    expect(records[0]).toMatchObject({ loss: 0, mined: 0, activeFraction: 0, positiveDistance: Number.NaN });
    const trained = [...weights].filter(([name]) => /kernel|scale|offset/.test(name));
    for (const [name, weight] of trained) expect(weight, name).toEqual(before.get(name));
  }
});

test('frozen weights stay until their step; rate 0 stays for ever; the others move', async () => {
  const before = await exportWeights(setUp().model);
  const parameters = [
    { names: ['conv1/*', 'norm1/*'], frozenUntil: 2 },
    { names: 'dense1/kernel', rate: 0 },
  ];
  const until = await runSteps({ parameters, steps: 2 });
  const after = await runSteps({ parameters, steps: 3 });
  const moved = (weights: typeof before, name: string) =>
    weights.get(name)!.data.some((value, i) => value !== before.get(name)!.data[i]);
  expect(moved(until.weights, 'conv1/kernel')).toBe(false);
  expect(moved(after.weights, 'conv1/kernel')).toBe(true);
  expect(moved(after.weights, 'norm1/scale')).toBe(true);
  expect(moved(until.weights, 'conv2/kernel')).toBe(true);
});

test('a memory gives the miner past images, which take part in the loss', async () => {
  const seen: number[] = [];
  const memory = referenceBank({ capacity: 10, dimension: 8 });
  const { records } = await runSteps({
    memory,
    onStep: (_, { mining }) => void seen.push(mining!.batch.distances.candidates),
  });
  expect(seen).toEqual([6, 12, 16, 16, 16, 16]);
  const alone = await runSteps();
  expect(records[0]).toEqual(alone.records[0]);
  expect(records[1]!.loss).not.toBe(alone.records[1]!.loss);
});

test('the average is what is left at the end', async () => {
  const steps: Float32Array[] = [];
  const options = setUp({ average: { decay: 0.5 }, steps: 3 });
  const weight = options.model.weights.get('conv2/kernel')!;
  const start = weight.dataSync<'float32'>().slice();
  await train({ ...options, onStep: () => void steps.push(weight.dataSync<'float32'>().slice()) });
  const expected = start.map((value, i) =>
    steps.reduce((average, values, t) => {
      const decay = Math.min(0.5, (2 + t) / (11 + t));
      return decay * average + (1 - decay) * values[i]!;
    }, value),
  );
  const got = weight.dataSync();
  expected.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5));
});

test('NaN stops at its step, by number and operation, and the weights stay', async () => {
  const poisoned: TupleObjective = {
    ...triplet,
    loss: (distances) => tf.log(tf.neg(tf.sum<tf.Scalar>(distances))),
  };
  const options = setUp({ objective: poisoned });
  const before = await exportWeights(options.model);
  const failure = await train(options).catch((error: unknown) => error as Error);
  expect(failure).toBeInstanceOf(DivergedError);
  expect((failure as Error).message).toMatch(
    /^Step 1: the loss is NaN\. Log gave NaN at position 0 .* The last checkpoint/,
  );
  expect(await exportWeights(options.model)).toEqual(before);
  options.model.weights.get('conv1/kernel')!.assign(tf.mul(tf.ones([3, 3, 3, 4]), Number.NaN));
  await expect(train(options)).rejects.toThrow(
    /^Step 1: the distance of images \d and \d of the batch is NaN\. /,
  );
});

test('a gradient that is not finite stops the run, too', async () => {
  const steep: TupleObjective = {
    ...triplet,
    loss: (distances) => tf.sqrt(tf.mul<tf.Scalar>(tf.sum(distances), 0)),
  };
  await expect(runSteps({ objective: steep })).rejects.toThrow(/^Step 1: the gradient's length is NaN\. /);
});

test('options that do not fit together are refused', async () => {
  await expect(train(setUp({ miner: undefined }))).rejects.toThrow(
    'train: miner must be given, for an objective on distances, got undefined.',
  );
  await expect(train(setUp({ objective: softmax().objective }))).rejects.toThrow(
    'train: objective must be one on distances, where there is a miner or a memory',
  );
  await expect(train(setUp({ chunk: 0 }))).rejects.toThrow('train: chunk must be a positive integer, got 0.');
  await expect(train(setUp({ clipNorm: -1 }))).rejects.toThrow(
    'train: clipNorm must be a number above 0, got -1.',
  );
  await expect(train(setUp({ average: { decay: 1 } }))).rejects.toThrow('averageWeights: decay must be');
});

/** One step of plain gradient descent with the running statistics. */
async function plainStep(chunk: number | undefined, changes: () => Parameters<typeof setUp>[0]) {
  const { model, inputs, ...rest } = setUp({
    ...changes(),
    optimizer: sgd({ momentum: 0 }),
    steps: 1,
    chunk,
  });
  await train({ ...rest, model, inputs, embed: (of, x) => of.embed(x) });
  return exportWeights(model);
}

test('gradient caching gives the gradients of one big batch, where batch norm does not look at the batch', async () => {
  const start = await exportWeights(
    createModel(smallCnn({ size: SIZE, width: 0.125, embeddingSize: 8 }), { seed: 7 }),
  );
  for (const changes of [() => ({}), softmax]) {
    const whole = await plainStep(undefined, changes);
    for (const chunk of [1, 4]) {
      const chunked = await plainStep(chunk, changes);
      let moved = 0;
      for (const [name, { data }] of whole) {
        const [before, other] = [start.get(name)!.data, chunked.get(name)!.data];
        const largest = Math.max(...data.map((value, i) => Math.abs(value - before[i]!)));
        moved += largest;
        data.forEach((value, i) =>
          expect(Math.abs(value - other[i]!)).toBeLessThanOrEqual(1e-4 * largest + 1e-7),
        );
      }
      expect(moved).toBeGreaterThan(0);
    }
  }
});
