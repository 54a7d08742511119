import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accelerate, selectEngine } from '@ft/engine';
import { exportWeights, type EmbeddingModel } from '@ft/models';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runSteps, setUp } from '../../test/scene.ts';
import { train, type ValidationRecord } from '../index.ts';

let directory: string;
beforeEach(async () => {
  if ((await selectEngine()).name !== 'wasm') accelerate();
  directory = await mkdtemp(join(tmpdir(), 'ft-validation-'));
});
afterEach(() => rm(directory, { recursive: true }));

const sameScore = () => ({ score: 1 });
const scoreOfStep = (_: EmbeddingModel, step: number) => ({ score: step });

/** Trains six steps; the validation after each gives the next of the scores. */
async function validated(scores: number[], changes: Parameters<typeof setUp>[0] = {}, patience = Infinity) {
  const seen: ValidationRecord[] = [];
  const weights: Awaited<ReturnType<typeof exportWeights>>[] = [];
  const left = [...scores];
  const options = setUp({
    ...changes,
    validation: {
      every: 1,
      patience,
      bestFile: join(directory, 'best.safetensors'),
      async validate(model: EmbeddingModel) {
        weights.push(await exportWeights(model));
        return { score: left.shift()! };
      },
    },
    onValidation: (record) => void seen.push(record),
  });
  const result = await train(options);
  return { result, seen, weights, last: await exportWeights(options.model), options };
}

test('the best weights are kept, of equal ones the first', async () => {
  const { result, seen, weights, last } = await validated([0.5, 0.6, 0.8, 0.7, 0.8, 0.1, 0.2]);
  expect(result).toEqual({ steps: 6, reason: 'finished', best: { step: 2, score: 0.8 } });
  expect(last).toEqual(weights[2]);
  expect(seen.map(({ step, improved }) => [step, improved])).toEqual([
    [0, true],
    [1, true],
    [2, true],
    [3, false],
    [4, false],
    [5, false],
    [6, false],
  ]);
  expect(seen[4]!.best).toEqual({ step: 2, score: 0.8 });
});

test('weights that only get worse are given up for those at the start', async () => {
  const { result, weights, last } = await validated([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3]);
  expect(result.best).toEqual({ step: 0, score: 0.9 });
  expect(last).toEqual(weights[0]);
});

test('a run ends when its patience does', async () => {
  const { result, seen } = await validated([0.5, 0.6, 0.6, 0.6, 0.9, 0.9, 0.9], {}, 2);
  expect(result).toEqual({ steps: 3, reason: 'converged', best: { step: 1, score: 0.6 } });
  expect(seen).toHaveLength(4);
});

test('what is validated and kept is the average where there is one', async () => {
  const plain = await validated([0, 1, 2, 3, 4, 5, 6]);
  const average = await validated([0, 1, 2, 3, 4, 5, 6], { average: { decay: 0.5 } });
  expect(average.weights[0]).toEqual(plain.weights[0]);
  expect(average.last).toEqual(average.weights[6]);
  expect(average.last).not.toEqual(plain.last);
  // Validation does not disturb the weights that are trained: the steps are those of the plain run.
  const { records } = await runSteps();
  const { records: averaged } = await runSteps({ average: { decay: 0.5 } });
  expect(averaged).toEqual(records);
});

test('the end is validated where it falls between two validations', async () => {
  const seen: number[] = [];
  const bestFile = join(directory, 'best.safetensors');
  await train(
    setUp({
      steps: 5,
      validation: { every: 2, validate: scoreOfStep, bestFile },
      onValidation: ({ step }) => void seen.push(step),
    }),
  );
  expect(seen).toEqual([0, 2, 4, 5]);
});

test('a score that is no number, options out of range and a damaged file are refused', async () => {
  await expect(validated([0.5, Number.NaN])).rejects.toThrow(
    'train: the score of validation.validate at step 1 must be a finite number, got NaN.',
  );
  await expect(validated([], {}, 0)).rejects.toThrow(
    'train: validation.patience must be a positive integer, got 0.',
  );
  const bestFile = join(directory, 'best.safetensors');
  const spoil = async () => {
    const bytes = await readFile(bestFile);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(bestFile, bytes);
  };
  await expect(
    train(setUp({ steps: 1, validation: { every: 1, validate: sameScore, bestFile }, onStep: spoil })),
  ).rejects.toThrow(/best\.safetensors is damaged/);
});
