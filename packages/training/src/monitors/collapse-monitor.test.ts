import { accelerate, selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { setUp } from '../../test/scene.ts';
import { collapseMonitor, linearDecay, train, type CollapseAlarm, type StepRecord } from '../index.ts';

const healthy = { step: 0, loss: 0.1, activeFraction: 0.5, spread: 1.2, effectiveRank: 9 } as StepRecord;

/** The steps and signs of the alarms that some records raise. */
function alarms(
  records: Partial<StepRecord>[],
  monitor = collapseMonitor({ window: 3, collapsedLoss: 0.2 }),
) {
  return records.flatMap((record, i) => {
    const alarm = monitor.observeStep({ ...healthy, ...record, step: i + 1 });
    return alarm === undefined ? [] : [[alarm.step, alarm.sign]];
  });
}

const point = { spread: 0.001 };
const line = { effectiveRank: 1.05 };
const stuck = { loss: 0.2005, activeFraction: 1 };

test('each sign raises one alarm when it has lasted for the window', () => {
  expect(alarms([point, point, {}, point, point, point, point, point])).toEqual([[6, 'spread']]);
  expect(alarms([{}, line, line, line, {}, line, line, line])).toEqual([
    [4, 'rank'],
    [8, 'rank'],
  ]);
  expect(alarms([stuck, stuck, stuck])).toEqual([[3, 'loss']]);
  expect(alarms([stuck, stuck, { ...stuck, activeFraction: 0.7 }, stuck])).toEqual([]);
  expect(alarms([stuck, stuck, stuck], collapseMonitor({ window: 3 }))).toEqual([]);
});

test('a NaN, where there is no miner, is no sign', () => {
  const none = { loss: 0.2, activeFraction: Number.NaN };
  expect(alarms([none, none, none])).toEqual([]);
});

test('a restored state goes on counting', () => {
  const before = collapseMonitor({ window: 3 });
  const after = collapseMonitor({ window: 3 });
  alarms([point, point], before);
  after.restore(JSON.parse(JSON.stringify(before.state())));
  expect(alarms([point], after)).toEqual([[1, 'spread']]);
});

test('a training that is made to collapse is caught, and the message says what to do', async () => {
  if ((await selectEngine()).name !== 'wasm') accelerate();
  const monitor = collapseMonitor({ window: 5, collapsedLoss: 0.2 });
  const seen: CollapseAlarm[] = [];
  await train(
    setUp({
      steps: 40,
      learningRate: linearDecay({ peak: 0.02, steps: 40 }),
      // Pulls everything together, as hard mining from the start can.
      objective: { measure: 'squared-euclidean', loss: (distances) => tf.mean(distances) },
      onStep: (record) => {
        const alarm = monitor.observeStep(record);
        if (alarm !== undefined) seen.push(alarm);
      },
    }),
  );
  expect(seen[0]?.message).toMatch(/^The network has collapsed: for 5 steps .* begin with milder tuples/);
});

test.each([
  [{ window: 0 }, 'collapseMonitor: window must be a positive integer, got 0.'],
  [{ minSpread: 0 }, 'collapseMonitor: minSpread must be a number above 0, got 0.'],
  [{ minRank: 0.5 }, 'collapseMonitor: minRank must be a number of at least 1, got 0.5.'],
  [{ collapsedLoss: Number.NaN }, 'collapseMonitor: collapsedLoss must be a number above 0, got NaN.'],
])('wrong options are refused: %o', (options, message) => {
  expect(() => collapseMonitor(options)).toThrow(message);
});
