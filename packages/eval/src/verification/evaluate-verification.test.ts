import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { evaluateVerification } from '../index.ts';

/** LFW-shaped scores: ten folds of 300 same and 300 different pairs. */
function lfwScores(seed: number) {
  const random = createRandom(seed);
  const pairs = Array.from({ length: 6000 }, (_, i) => ({
    fold: Math.floor(i / 600),
    same: i % 600 < 300,
  })).map((pair) => ({ ...pair, distance: (pair.same ? 0.8 : 1.2) + 0.15 * random.normal() }));
  return {
    distances: Float64Array.from(pairs, ({ distance }) => distance),
    same: pairs.map(({ same }) => same),
    folds: Int32Array.from(pairs, ({ fold }) => fold),
  };
}

test('LFW View 2: thresholds from the other nine folds, mean and its standard error', () => {
  const { distances, same, folds } = lfwScores(1);
  const result = evaluateVerification({ distances, same, folds, protocol: 'lfw-view2' });

  const accuracies: number[] = [];
  for (let fold = 0; fold < 10; fold++) {
    const correct = (threshold: number, inside: boolean) => {
      let count = 0;
      for (let i = 0; i < 6000; i++) {
        if ((folds[i] === fold) === inside && distances[i]! < threshold === same[i]) count++;
      }
      return count;
    };
    const row = result.folds[fold]!;
    expect(row).toMatchObject({ fold, same: 300, different: 300 });
    const grid = Array.from({ length: 200 }, (_, i) => 0.9 + i / 1000);
    for (const threshold of grid) {
      expect(correct(threshold, false)).toBeLessThanOrEqual(correct(row.threshold, false));
    }
    expect(row.accuracy).toBe(correct(row.threshold, true) / 600);
    expect(row.falseAccepts + row.falseRejects).toBe(600 - correct(row.threshold, true));
    accuracies.push(row.accuracy);
  }
  const mean = accuracies.reduce((sum, value) => sum + value, 0) / 10;
  const squares = accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  expect(result.accuracy).toBeCloseTo(mean, 14);
  expect(result.standardError).toBeCloseTo(Math.sqrt(squares / 9) / Math.sqrt(10), 14);
  expect(result).toMatchObject({
    protocol: 'lfw-view2',
    thresholdFrom: 'other-folds',
    rule: 'same where distance < threshold',
    pairs: { same: 3000, different: 3000 },
  });
  expect(result.best.optimisticAccuracy).toBeGreaterThanOrEqual(mean);
  expect(result.interval!.low).toBeLessThan(mean);
  expect(result.tarAtFar.map(({ far }) => far)).toEqual([0.1, 0.01, 0.001]);
});

test('the order of the pairs does not matter, folds go by number', () => {
  const { distances, same, folds } = lfwScores(2);
  const order = createRandom(3).shuffle(Array.from({ length: 6000 }, (_, i) => i));
  const pick = <T>(values: ArrayLike<T>) => order.map((i) => values[i]!);
  expect(evaluateVerification({ distances: pick(distances), same: pick(same), folds: pick(folds) })).toEqual(
    evaluateVerification({ distances, same, folds }),
  );
});

test('LFW View 1: the threshold comes from the development pairs alone', () => {
  const development = { distances: [0, 1, 5, 6], same: [1, 1, 0, 0] };
  const result = evaluateVerification({
    distances: [2, 3, 3.5, 4],
    same: [true, false, true, false],
    development,
    protocol: 'lfw-view1',
  });
  expect(result).toMatchObject({ threshold: 3, accuracy: 0.75, thresholdFrom: 'development-set', folds: [] });
  expect(result.standardError).toBeCloseTo(Math.sqrt((0.75 * 0.25) / 4), 14);
});

test('a given threshold is exclusive', () => {
  const accuracies = [1, 1.5, 2, 2.1].map(
    (threshold) => evaluateVerification({ distances: [1, 2], same: [1, 0], threshold }).accuracy,
  );
  expect(accuracies).toEqual([0.5, 1, 1, 0.5]);
});

test('without other pairs there is no accuracy, only the optimistic one', () => {
  const result = evaluateVerification({ distances: [1, 2, 3, 4], same: [1, 0, 1, 0] });
  expect(result).toMatchObject({
    accuracy: null,
    standardError: null,
    threshold: null,
    thresholdFrom: 'none',
  });
  expect(result.best.optimisticAccuracy).toBe(0.75);
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
});

const four = { distances: [1, 2, 3, 4], same: [1, 0, 1, 0] };
test.each([
  [{ folds: [0, 0, 1] }, 'folds must be of the length of distances, 4'],
  [{ folds: [0, 0, 0.5, 1] }, 'folds must be integers, got "0.5 at pair 2"'],
  [{ folds: [3, 3, 3, 3] }, 'folds must be of at least two different values, got "1"'],
  [{ folds: [0, 1, 0, 1] }, 'evaluateVerification, all folds but 0: same must be true for some pairs'],
  [{ folds: [0, 0, 1, 1], threshold: 1 }, 'got "folds and threshold"'],
  [{ threshold: Number.NaN }, 'threshold must be a finite number, got NaN'],
  [{ development: { distances: [1], same: [1] } }, 'development: same must be true for some pairs'],
  [{ protocol: 'lfw-view2' }, "must be given folds for the protocol 'lfw-view2'"],
  [{ protocol: 'lfw-view2', folds: [0, 0, 1, 1] }, 'must be of ten different values'],
  [
    { protocol: 'lfw-view1' },
    "must be given folds, a development set or a threshold for the protocol 'lfw-view1'",
  ],
  [{ protocol: 'lfw' }, "protocol must be 'lfw-view1', 'lfw-view2' or 'pairs', got \"lfw\""],
  [{ farLimits: [2] }, 'far must be in [0, 1], got 2'],
])('checks %o', (extra, message) => {
  const call = () => evaluateVerification({ ...four, ...extra } as never);
  expect(call).toThrow(message);
});
