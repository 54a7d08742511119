import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  constantRate,
  cosineDecay,
  linearDecay,
  plateauDecay,
  polynomialDecay,
  stepDecay,
  type LearningRate,
} from '../index.ts';

test('linear: rises over the warm-up and falls to the end', () => {
  const rate = linearDecay({ peak: 1, steps: 10, warmup: 2 });
  expect(rate(0)).toBeCloseTo(1 / 3);
  expect(rate(1)).toBeCloseTo(2 / 3);
  expect(rate(2)).toBe(1);
  expect(rate(6)).toBeCloseTo(0.5);
  expect(rate(9)).toBeCloseTo(1 / 8);
  expect(rate(10)).toBe(0);
});

test('cosine: half way down in the middle, slow at both ends', () => {
  const rate = cosineDecay({ peak: 1, steps: 102, warmup: 2, final: 0.2 });
  expect(rate(0)).toBeCloseTo(1 / 3);
  expect(rate(2)).toBe(1);
  expect(rate(52)).toBeCloseTo(0.6);
  expect(rate(102)).toBeCloseTo(0.2);
  expect(rate(2) - rate(12)).toBeLessThan(0.8 * 0.1);
});

test('polynomial: power 1 is linear, power 2 is below it', () => {
  const [linear, squared] = [1, 2].map((power) => polynomialDecay({ peak: 1, steps: 100, power }));
  expect(linear!(25)).toBeCloseTo(0.75);
  expect(squared!(25)).toBeCloseTo(0.75 ** 2);
  expect(polynomialDecay({ peak: 1, steps: 10, final: 0.1 })(10)).toBeCloseTo(0.1);
});

test('step: multiplied at each milestone', () => {
  const rate = stepDecay({ peak: 1, milestones: [3, 5], factor: 0.5, warmup: 1 });
  expect([0, 1, 2, 3, 4, 5, 9].map(rate)).toEqual([0.5, 1, 1, 0.5, 0.5, 0.25, 0.25]);
});

test('constant: the peak after the warm-up', () => {
  expect([0, 1, 2, 99].map(constantRate({ peak: 0.3, warmup: 2 }))).toEqual([0.3 / 3, 0.6 / 3, 0.3, 0.3]);
});

test('plateau: falls when the score has not grown for as long as the patience', () => {
  const rate = plateauDecay({ peak: 1, factor: 0.5, patience: 2, minImprovement: 0.01, lowest: 0.2 });
  const rates = [0.5, 0.505, 0.6, 0.6, 0.6, 0.7, 0.6, 0.6, 0.6, 0.6].map((score) => {
    rate.observe(score);
    return rate(7);
  });
  expect(rates).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2]);
});

const patient = () => plateauDecay({ peak: 1, factor: 0.5, patience: 2 });

test('plateau: a restored state goes on as the other would have', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), fc.nat(20), (scores, cut) => {
      const [whole, first, second] = [patient(), patient(), patient()];
      for (const score of scores) whole.observe(score);
      for (const score of scores.slice(0, cut)) first.observe(score);
      second.restore(JSON.parse(JSON.stringify(first.state())));
      for (const score of scores.slice(cut)) second.observe(score);
      expect(second(0)).toBe(whole(0));
    }),
  );
});

const steps = 40;
const all: readonly [string, (warmup: number) => LearningRate][] = [
  ['constantRate', (warmup) => constantRate({ peak: 2, warmup })],
  ['linearDecay', (warmup) => linearDecay({ peak: 2, steps, warmup })],
  ['cosineDecay', (warmup) => cosineDecay({ peak: 2, steps, warmup })],
  ['polynomialDecay', (warmup) => polynomialDecay({ peak: 2, steps, warmup })],
  ['stepDecay', (warmup) => stepDecay({ peak: 2, milestones: [20], warmup })],
  ['plateauDecay', (warmup) => plateauDecay({ peak: 2, warmup })],
];

test.each(all)('%s: within 0 and the peak, rising in the warm-up, never rising after it', (_name, make) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 19 }), (warmup) => {
      const rates = Array.from({ length: steps + 5 }, (_, step) => make(warmup)(step));
      expect(Math.min(...rates)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...rates)).toBeLessThanOrEqual(2);
      const [before, after] = [rates.slice(0, warmup + 1), rates.slice(warmup)];
      expect(before.every((rate, i) => i === 0 || rate > before[i - 1]!)).toBe(true);
      expect(after.every((rate, i) => i === 0 || rate <= after[i - 1]!)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test.each([
  [
    () => linearDecay({ peak: Number.NaN, steps: 1 }),
    'linearDecay: peak must be a finite number above 0, got NaN.',
  ],
  [() => linearDecay({ peak: 1, steps: 0 }), 'linearDecay: steps must be a positive integer, got 0.'],
  [
    () => linearDecay({ peak: 1, steps: 5, warmup: 5 }),
    'linearDecay: warmup must be an integer from 0 to 4, got 5.',
  ],
  [
    () => cosineDecay({ peak: 1, steps: 5, final: 2 }),
    'cosineDecay: final must be a number from 0 to the peak, 1, got 2.',
  ],
  [
    () => polynomialDecay({ peak: 1, steps: 5, power: 0 }),
    'polynomialDecay: power must be a finite number above 0, got 0.',
  ],
  [
    () => stepDecay({ peak: 1, milestones: [3, -1] }),
    'stepDecay: milestones[1] must be a positive integer, got -1.',
  ],
  [
    () => stepDecay({ peak: 1, milestones: [], factor: 1 }),
    'stepDecay: factor must be a number between 0 and 1, got 1.',
  ],
  [() => plateauDecay({ peak: 1, patience: 0 }), 'plateauDecay: patience must be a positive integer, got 0.'],
  [
    () => constantRate({ peak: 1, warmup: -1 }),
    'constantRate: warmup must be an integer of at least 0, got -1.',
  ],
])('bad schedules are refused: %s', (make, message) => {
  expect(make).toThrow(message);
});
