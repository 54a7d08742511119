import { expect, test } from 'vitest';
import { allPairs, drawPeople, someTriplets } from '../../test/draw-people.ts';
import { learnFactoredMetric, type LearnFactoredMetricOptions } from '../index.ts';

const people = drawPeople({ dimension: 6, planted: 2 });
const pairs = allPairs(people.labels);
const learn = (options: Partial<LearnFactoredMetricOptions> = {}) =>
  learnFactoredMetric({ ...people, pairs, groupWeight: 0.08, ...options });

test('inputs without meaning are dropped', () => {
  const metric = learn();
  expect([...metric.groups]).toEqual([0, 1]);
  for (const [i, value] of metric.matrix.entries()) {
    expect(Math.floor(i / 6) < 2 && i % 6 < 2 ? 0 : value).toBe(0);
  }
  expect(metric.rank).toBe(2);
  expect(metric.bias!).toBeGreaterThan(0);
});

test('outputs without meaning are dropped', () => {
  const metric = learn({ groups: 'outputs', outputDimension: 5 });
  expect(metric.groups.length).toBeLessThanOrEqual(3);
  expect(metric.rank).toBe(metric.groups.length);
  expect(metric.outputDimension).toBe(5);
});

test('the objective never rises, and is the sum of the definition', () => {
  const metric = learn({ steps: 15, tolerance: 0 });
  expect(metric.objectives).toHaveLength(15);
  for (const [i, value] of metric.objectives.entries()) {
    expect(value).toBeLessThanOrEqual(metric.objectives[Math.max(0, i - 1)]!);
  }
  const { weights, outputDimension } = metric;
  let penalty = 0;
  for (let column = 0; column < 6; column++) {
    let square = 0;
    for (let row = 0; row < outputDimension; row++) square += weights[row * 6 + column]! ** 2;
    penalty += 0.08 * Math.sqrt(square);
  }
  const losses: [number[], number[]] = [[], []];
  for (const [pair, a] of pairs.a.entries()) {
    let distance = 0;
    for (let row = 0; row < outputDimension; row++) {
      let sum = 0;
      for (let i = 0; i < 6; i++) {
        sum +=
          weights[row * 6 + i]! *
          (people.embeddings[a * 6 + i]! - people.embeddings[pairs.b[pair]! * 6 + i]!);
      }
      distance += sum * sum;
    }
    const y = pairs.same[pair] ? 1 : -1;
    losses[pairs.same[pair]!]!.push(Math.log1p(Math.exp(-y * (metric.bias! - distance))));
  }
  const [different, same] = losses.map((list) => list.reduce((sum, value) => sum + value, 0) / list.length);
  expect(metric.objectives.at(-1)).toBeCloseTo((same! + different!) / 2 + penalty, 9);
});

test('an endless weight drops everything', () => {
  const metric = learn({ groupWeight: 1e6 });
  expect(metric.groups).toHaveLength(0);
  expect(metric.rank).toBe(0);
});

test('triplets take the squared hinge', () => {
  const triplets = someTriplets(people.labels);
  const options = { ...people, triplets, groupWeight: 0.08 };
  const metric = learnFactoredMetric({ ...options, tripletLoss: 'squared-hinge' });
  expect([...metric.groups]).toEqual([0, 1]);
  expect(metric.bias).toBeNull();
  expect(() => learnFactoredMetric(options)).toThrow("tripletLoss must be 'squared-hinge', which is smooth");
});

test.each<[Partial<Record<keyof LearnFactoredMetricOptions, unknown>>, string]>([
  [{ outputDimension: 7 }, 'outputDimension must be an integer from 1 to the dimension, 6, got 7'],
  [{ groups: 'rows' }, "groups must be 'inputs' or 'outputs', got \"rows\""],
  [{ groupWeight: NaN }, 'groupWeight must be a finite number from 0, got NaN'],
  [{ steps: 0 }, 'steps must be an integer from 1, got 0'],
])('refuses %o', (options, message) => {
  expect(() => learn(options as Partial<LearnFactoredMetricOptions>)).toThrow(message);
});
