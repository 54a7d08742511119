import type { Mined } from '@ft/miner-api';
import { createBatch, minerConformance } from '@ft/miner-test-kit';
import { createRandom } from '@ft/random';
import { describe, expect, it, test } from 'vitest';
import {
  createMiner,
  hard,
  pairMargin,
  plateauSchedule,
  schedule,
  semiHard,
  type ScheduleOptions,
} from './index.ts';

const random = createRandom(1);
const batch = createBatch({
  embeddings: Array.from({ length: 12 }, () => [random.normal(), random.normal(), random.normal()]),
  labels: Array.from({ length: 12 }, (_, i) => i % 3),
});
const context = (step: number, epoch = 0, seed = 1) => ({
  random: createRandom(seed),
  step,
  epoch,
  signal: new AbortController().signal,
});
const rows = (mined: Mined) =>
  Array.from(mined.anchors, (a, i) => [a, (mined as { negatives: Int32Array }).negatives[i]]);
const curriculum: ScheduleOptions = {
  stages: [
    { from: 0, miner: 'nearest-semi-hard' },
    { from: 100, miner: 'hard' },
    { from: 200, miner: 'batch-all' },
  ],
};
minerConformance({ describe, it, miner: createMiner('schedule', curriculum) });

const count = (options: ScheduleOptions, step: number, epoch = 0) =>
  schedule(options, createMiner).mine(batch, context(step, epoch)).anchors.length;
const alone = (name: string) => createMiner(name).mine(batch, context(0)).anchors.length;

test('each stage rules from its step to the next, or by epoch', () => {
  const [semi, hardest, all] = [alone('nearest-semi-hard'), alone('hard'), alone('batch-all')];
  expect(new Set([semi, hardest, all]).size).toBe(3);
  expect([0, 99, 100, 199, 200, 9999].map((step) => count(curriculum, step))).toEqual([
    semi,
    semi,
    hardest,
    hardest,
    all,
    all,
  ]);
  expect([0, 100].map((epoch) => count({ ...curriculum, by: 'epoch' }, 500, epoch))).toEqual([semi, hardest]);
});

test('a blend hands batches over in a straight line', () => {
  const miner = schedule(
    {
      stages: [
        { from: 0, miner: 'batch-hard' },
        { from: 100, miner: 'batch-all', blend: 40 },
      ],
    },
    createMiner,
  );
  const few = createMiner('batch-hard').mine(batch, context(0)).anchors.length;
  const shareOfOld = (step: number) => {
    let old = 0;
    for (let seed = 0; seed < 400; seed++) {
      if (miner.mine(batch, context(step, 0, seed)).anchors.length === few) old += 1;
    }
    return old / 400;
  };
  expect(shareOfOld(99)).toBe(1);
  expect(shareOfOld(100)).toBe(1);
  expect(Math.abs(shareOfOld(110) - 0.75)).toBeLessThan(0.08);
  expect(Math.abs(shareOfOld(130) - 0.25)).toBeLessThan(0.08);
  expect(shareOfOld(140)).toBe(0);
});

test('a ramp moves an option from the start of its stage', () => {
  const ramped = createMiner('schedule', {
    stages: [
      { from: 0, miner: 'hard' },
      { from: 10, miner: 'hard', options: { margin: { from: 0, to: 2, over: 10 } } },
    ],
  });
  for (const [step, margin] of [
    [10, 0],
    [15, 1],
    [20, 2],
    [50, 2],
  ] as const) {
    expect(rows(ramped.mine(batch, context(step)))).toEqual(
      rows(hard({ margin }).mine(batch, context(step))),
    );
  }
});

test('a batch too easy for a stage goes on to the next', () => {
  const easy = createBatch({
    embeddings: [
      [1, 0],
      [1, 0.01],
      [-1, 0],
      [-1, 0.01],
    ],
    labels: [0, 0, 1, 1],
  });
  const miner = createMiner('schedule', {
    stages: [
      { from: 0, miner: 'semi-hard', minActiveFraction: 0.25 },
      { from: 1000, miner: 'batch-hard' },
    ],
  });
  expect(miner.mine(easy, context(0)).anchors).toHaveLength(4);
  expect(rows(miner.mine(batch, context(0)))).toEqual(rows(semiHard().mine(batch, context(0))));
});

test('the options are JSON that makes the same schedule', () => {
  const { options } = createMiner('schedule', curriculum);
  expect(createMiner('schedule', JSON.parse(JSON.stringify(options))).options).toEqual(options);
});

test.each([
  [{ stages: [] }, 'stages must be a list of at least one stage, got []'],
  [{ stages: [{ from: 5, miner: 'hard' }] }, 'stages.0.from must be 0, got 5'],
  [
    {
      stages: [
        { from: 0, miner: 'hard' },
        { from: 0, miner: 'hard' },
      ],
    },
    'stages.1.from must be above 0, where the stage before begins, got 0',
  ],
  [
    {
      stages: [
        { from: 0, miner: 'hard' },
        { from: 9, miner: 'pair-margin' },
      ],
    },
    'stages.1.miner must be one that gives triplets, as the first stage does, got "pair-margin"',
  ],
  [{ stages: [{ from: 0, miner: 'hrd' }] }, 'There is no miner "hrd"'],
  [{ stages: [{ from: 0, miner: 'hard', options: { margn: 1 } }] }, 'Did you mean "margin"?'],
  [{ stages: [{ from: 0, miner: 'hard', minActiveFraction: 2 }] }, 'must be a number in [0, 1], got 2'],
])('a wrong schedule is refused: %o', (options, message) => {
  expect(() => createMiner('schedule', options)).toThrow(message);
});

describe('plateauSchedule', () => {
  const stages = [semiHard(), hard()];

  test('advances after `patience` values without improvement, and stays at the last stage', () => {
    const plateau = plateauSchedule({ stages, patience: 2, minImprovement: 0.01 });
    const stageAfter = (value: number) => {
      plateau.observe(value);
      return plateau.state().stage;
    };
    expect([0.5, 0.6, 0.605, 0.7, 0.7, 0.705].map(stageAfter)).toEqual([0, 0, 0, 0, 0, 1]);
    expect(rows(plateau.miner.mine(batch, context(0)))).toEqual(rows(hard().mine(batch, context(0))));
    expect([0.1, 0.1, 0.1, 0.1].map(stageAfter)).toEqual([1, 1, 1, 1]);
  });

  test('a restored state continues', () => {
    const plateau = plateauSchedule({ stages, patience: 2 });
    [0.5, 0.5].forEach((value) => plateau.observe(value));
    const other = plateauSchedule({ stages, patience: 2 });
    other.restore(JSON.parse(JSON.stringify(plateau.state())));
    other.observe(0.5);
    expect(other.state()).toEqual({ stage: 1, best: null, waited: 0 });
    expect(() => other.restore({ stage: 2, best: null, waited: 0 })).toThrow('from 0 to 1, got 2');
  });

  test('bad input is refused', () => {
    expect(() => plateauSchedule({ stages: [] })).toThrow('stages must be a list of at least one miner');
    expect(() => plateauSchedule({ stages, patience: 0 })).toThrow(
      'patience must be an integer of at least 1',
    );
    expect(() => plateauSchedule({ stages, minImprovement: -1 })).toThrow('minImprovement must be');
    expect(() => plateauSchedule({ stages: [hard(), pairMargin()] })).toThrow(
      'every stage must be one that gives triplets, as the first does, got "pair-margin"',
    );
    expect(() => plateauSchedule({ stages }).observe(Number.NaN)).toThrow('value must be a number, got NaN');
  });
});
