import { createRandom } from '@ft/random';
import { describe, expect, test } from 'vitest';
import { allPairs, drawPeople, someTriplets } from '../../test/draw-people.ts';
import { mirrorUpper } from '../linear-algebra/add-weighted-gram.ts';
import { readMetricInput } from './metric-input.ts';
import { meanLoss, lossCurvature } from './metric-problem.ts';
import { hingeLoss, logisticLoss } from './sample-losses.ts';

const dimension = 3;
const { embeddings, labels } = drawPeople({ dimension, people: 5, images: 3 });
const random = createRandom(4);
const matrix = Float64Array.of(0.5, 0.1, -0.2, 0.1, 0.3, 0.05, -0.2, 0.05, 0.7);
const inputs = {
  logistic: { embeddings, dimension, pairs: allPairs(labels) },
  hinge: { embeddings, dimension, triplets: someTriplets(labels), margin: 0.7 },
  'squared hinge': {
    embeddings,
    dimension,
    triplets: someTriplets(labels),
    margin: 0.7,
    tripletLoss: 'squared-hinge',
  },
} as const;

function distance(a: number, b: number): number {
  let sum = 0;
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j < dimension; j++) {
      const x = embeddings[a * dimension + i]! - embeddings[b * dimension + i]!;
      const y = embeddings[a * dimension + j]! - embeddings[b * dimension + j]!;
      sum += x * matrix[i * dimension + j]! * y;
    }
  }
  return sum;
}

const mean = (list: number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;

test('the logistic loss is the mean of the same and of the different pairs, halved', () => {
  const { samples, loss } = readMetricInput('here', inputs.logistic);
  const { a, b, same } = inputs.logistic.pairs;
  const terms: [number[], number[]] = [[], []];
  for (let pair = 0; pair < a.length; pair++) {
    const y = same[pair] ? 1 : -1;
    terms[same[pair]!]!.push(Math.log(1 + Math.exp(-y * (1.5 - distance(a[pair]!, b[pair]!)))));
  }
  expect(meanLoss(samples, loss, { matrix, bias: 1.5 }, samples.strata, null)).toBeCloseTo(
    (mean(terms[0]) + mean(terms[1])) / 2,
    10,
  );
});

test('the hinges are the means over the triplets', () => {
  const { anchors, positives, negatives } = inputs.hinge.triplets;
  let hinge = 0;
  let squared = 0;
  for (let i = 0; i < anchors.length; i++) {
    const violation = Math.max(
      0,
      0.7 + distance(anchors[i]!, positives[i]!) - distance(anchors[i]!, negatives[i]!),
    );
    hinge += violation / anchors.length;
    squared += violation ** 2 / 2 / anchors.length;
  }
  for (const [name, expected] of [
    ['hinge', hinge],
    ['squared hinge', squared],
  ] as const) {
    const { samples, loss } = readMetricInput('here', inputs[name]);
    expect(meanLoss(samples, loss, { matrix, bias: 9 }, samples.strata, null)).toBeCloseTo(expected, 10);
  }
});

describe.each(Object.entries(inputs))('%s', (name, input) => {
  const { samples, loss } = readMetricInput('here', input);

  test('the gradient is that of finite differences', () => {
    const point = { matrix, bias: 1.5 };
    const gradient = { matrix: new Float64Array(9), bias: 0 };
    const value = meanLoss(samples, loss, point, samples.strata, gradient);
    expect(value).toBe(meanLoss(samples, loss, point, samples.strata, null));
    const step = 1e-5;
    const at = (changed: Float64Array, bias: number) =>
      meanLoss(samples, loss, { matrix: changed, bias }, samples.strata, null);
    for (let i = 0; i < dimension; i++) {
      for (let j = i; j < dimension; j++) {
        const moved = [step, -step].map((by) => {
          const changed = Float64Array.from(matrix);
          changed[i * dimension + j]! += by;
          if (i !== j) changed[j * dimension + i]! += by;
          return at(changed, 1.5);
        });
        const slope = (moved[0]! - moved[1]!) / (2 * step);
        expect(gradient.matrix[i * dimension + j]! * (i === j ? 1 : 2)).toBeCloseTo(slope, 6);
        expect(gradient.matrix[i * dimension + j]).toBe(gradient.matrix[j * dimension + i]);
      }
    }
    expect(gradient.bias).toBeCloseTo((at(matrix, 1.5 + step) - at(matrix, 1.5 - step)) / (2 * step), 6);
  });

  test('the curvature is the largest of any direction, by second differences', () => {
    // The hinge has no second derivative.
    const trials = name === 'hinge' ? 0 : 300;
    const curvature = lossCurvature(samples, loss, { matrix, bias: 1.5 });
    const at = (step: number, direction: Float64Array, bias: number) =>
      meanLoss(
        samples,
        loss,
        { matrix: matrix.map((v, i) => v + step * direction[i]!), bias: 1.5 + step * bias },
        samples.strata,
        null,
      );
    const bend = (direction: Float64Array, bias: number) =>
      (at(1e-4, direction, bias) + at(-1e-4, direction, bias) - 2 * at(0, direction, bias)) / 1e-8;
    let most = 0;
    for (let trial = 0; trial < trials; trial++) {
      const direction = Float64Array.from({ length: 9 }, () => random.normal());
      mirrorUpper(direction, 3);
      const square = direction.reduce((sum, v) => sum + v * v, 0);
      most = Math.max(most, bend(direction, 0) / square);
    }
    expect(most).toBeLessThanOrEqual(1.05 * curvature.matrix);
    expect(most).toBeGreaterThanOrEqual(trials > 0 ? 0.5 * curvature.matrix : 0);
    const alone = loss.hasBias ? bend(new Float64Array(9), 1) : curvature.bias;
    expect(curvature.bias).toBeCloseTo(alone, 5);
  });
});

test('losses of far values neither overflow nor vanish', () => {
  const logistic = logisticLoss([1, 0]);
  expect(logistic.loss(1e6, 0)).toBe(1e6);
  expect(logistic.loss(-1e6, 0)).toBe(0);
  expect(logistic.loss(-1e6, 1)).toBe(1e6);
  expect(logistic.slope(1e6, 0)).toBe(1);
  expect(logistic.slope(1e6, 1)).toBe(-0);
  expect(hingeLoss(1).slope(-1, 0)).toBe(0);
});
