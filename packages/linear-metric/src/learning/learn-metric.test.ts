import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allPairs, drawPeople, someTriplets } from '../../test/draw-people.ts';
import { learnMetric, metricDistances, type LearnMetricOptions } from '../index.ts';
import { symmetricEigen } from '../linear-algebra/symmetric-eigen.ts';
import { readMetricInput } from './metric-input.ts';
import { lossCurvature } from './metric-problem.ts';
import { spgd } from './spgd.ts';
import { startPoint } from './start-point.ts';

const people = drawPeople({});
const pairs = allPairs(people.labels);
const learn = (options: Partial<LearnMetricOptions> = {}) =>
  learnMetric({ ...people, pairs, random: createRandom(1), ...options });
const last = (metric: { history: readonly { objective: number }[] }) => metric.history.at(-1)!.objective;

function bestAccuracy(distances: Float64Array, same: Uint8Array): number {
  const right = [...distances, Infinity].map(
    (threshold) => distances.filter((distance, i) => distance < threshold === (same[i] === 1)).length,
  );
  return Math.max(...right);
}

test('stochastic steps come within 0.1 % of the optimum that the exact solver finds', () => {
  for (const penalty of [
    { traceWeight: 0.01, anchorWeight: 0 },
    { traceWeight: 0.003, anchorWeight: 0.003 },
  ]) {
    const exact = learn({ ...penalty, solver: 'fista', tolerance: 1e-4, epochs: 2000 });
    expect(exact.converged).toBe(true);
    const drawn = learn({ ...penalty, tolerance: 0, epochs: 60, batchSize: 64 });
    expect(last(drawn)).toBeGreaterThanOrEqual(last(exact) * (1 - 1e-6));
    expect(last(drawn)).toBeLessThan(last(exact) * 1.001);
    expect(Math.abs(drawn.bias! - exact.bias!)).toBeLessThan(0.1 * Math.abs(exact.bias!));
  }
});

test('the same for triplets with the squared hinge, and the hinge lowers its loss', () => {
  const triplets = someTriplets(people.labels);
  const input = { ...people, triplets, anchorWeight: 0.01 };
  const exact = learnMetric({
    ...input,
    tripletLoss: 'squared-hinge',
    solver: 'fista',
    tolerance: 1e-4,
    epochs: 2000,
    random: createRandom(1),
  });
  const drawn = learnMetric({
    ...input,
    tripletLoss: 'squared-hinge',
    tolerance: 0,
    epochs: 60,
    batchSize: 64,
    random: createRandom(1),
  });
  expect(last(drawn)).toBeLessThan(last(exact) * 1.001);
  expect(drawn.bias).toBeNull();

  const hinge = learnMetric({ ...input, epochs: 60, batchSize: 64, random: createRandom(1) });
  const loss = (distances: (a: Int32Array, b: Int32Array) => Float64Array) => {
    const positive = distances(triplets.anchors, triplets.positives);
    const negative = distances(triplets.anchors, triplets.negatives);
    return positive.reduce((sum, d, i) => sum + Math.max(0, 1 + d - negative[i]!), 0) / positive.length;
  };
  const identity = learn({ anchorWeight: 1e12 });
  const before = loss((a, b) => metricDistances(identity, people.embeddings, a, b));
  expect(loss((a, b) => metricDistances(hinge, people.embeddings, a, b))).toBeLessThan(before / 4);
});

test('an endless trace weight gives zero', () => {
  for (const solver of ['spgd', 'fista'] as const) {
    const metric = learn({ traceWeight: 1e6, solver });
    expect(metric.matrix.every((value) => value === 0)).toBe(true);
    expect(metric.rank).toBe(0);
    expect(metricDistances(metric, people.embeddings, pairs.a, pairs.b).every((d) => d === 0)).toBe(true);
  }
});

test('an endless anchor gives the identity, and exactly the accuracy of plain distances', () => {
  const plain = Float64Array.from(pairs.a, (a, i) => {
    let sum = 0;
    for (let k = 0; k < people.dimension; k++) {
      sum +=
        (people.embeddings[a * people.dimension + k]! -
          people.embeddings[pairs.b[i]! * people.dimension + k]!) **
        2;
    }
    return sum;
  });
  for (const solver of ['spgd', 'fista'] as const) {
    const metric = learn({ anchorWeight: 1e14, solver });
    for (const [i, value] of metric.matrix.entries()) {
      expect(value).toBeCloseTo(i % (people.dimension + 1) === 0 ? 1 : 0, 12);
    }
    const distances = metricDistances(metric, people.embeddings, pairs.a, pairs.b);
    expect(bestAccuracy(distances, pairs.same)).toBe(bestAccuracy(plain, pairs.same));
  }
});

test('a planted metric of low rank is found again: its rank and its plane', () => {
  const dimension = 8;
  const drawn = drawPeople({ dimension, planted: 2, people: 30, images: 3 });
  // The plane is turned, so that it lies along no axis.
  const random = createRandom(7);
  const mixing = new Float64Array(dimension * dimension);
  for (let i = 0; i < dimension; i++)
    for (let j = 0; j <= i; j++) mixing[i * dimension + j] = mixing[j * dimension + i] = random.normal();
  const { vectors } = symmetricEigen(mixing, dimension);
  const embeddings = drawn.embeddings.map((_, i) => {
    const row = i - (i % dimension);
    let sum = 0;
    for (let k = 0; k < dimension; k++)
      sum += drawn.embeddings[row + k]! * vectors[k * dimension + (i % dimension)]!;
    return sum;
  });
  for (const solver of ['spgd', 'fista'] as const) {
    const metric = learnMetric({
      embeddings,
      dimension,
      pairs: allPairs(drawn.labels),
      traceWeight: 0.06,
      anchorWeight: 0,
      solver,
      batchSize: 64,
      tolerance: 1e-4,
      epochs: 300,
      random: createRandom(1),
    });
    expect(metric.rank).toBe(2);
    expect(metric.outputDimension).toBe(2);
    // Directions of the metric lie in the plane: what they have outside is the sine of the angle.
    for (let row = 0; row < 2; row++) {
      const weights = metric.weights.subarray(row * dimension, (row + 1) * dimension);
      let inside = 0;
      for (let k = 0; k < 2; k++) {
        const axis = vectors.subarray(k * dimension, (k + 1) * dimension);
        inside += weights.reduce((sum, value, i) => sum + value * axis[i]!, 0) ** 2;
      }
      expect(1 - inside / weights.reduce((sum, value) => sum + value * value, 0)).toBeLessThan(0.1 ** 2);
    }
  }
});

test('every iterate is symmetric and positive semidefinite', () => {
  const { samples, loss } = readMetricInput('here', { ...people, pairs });
  const penalty = { trace: 0.01, anchor: 0 };
  let seen = 0;
  // One batch an epoch: every step is reported.
  const start = startPoint(samples, loss, penalty);
  const problem = { samples, loss, penalty, curvature: lossCurvature(samples, loss, start) };
  spgd(problem, start, {
    batchSize: 5000,
    epochs: 30,
    random: createRandom(1),
    report(matrix) {
      seen++;
      const { dimension } = people;
      for (let i = 0; i < dimension; i++)
        for (let j = 0; j < i; j++) expect(matrix[i * dimension + j]).toBe(matrix[j * dimension + i]);
      expect(symmetricEigen(matrix, dimension).values[dimension - 1]!).toBeGreaterThan(-1e-10);
      return false;
    },
  });
  expect(seen).toBe(30);
});

test('whatever the scale of the embeddings, directions without meaning are found', () => {
  for (const scale of [1e-3, 1, 1e3]) {
    const metric = learnMetric({
      embeddings: people.embeddings.map((value) => value * scale),
      dimension: people.dimension,
      pairs,
      anchorWeight: 0,
      solver: 'fista',
      epochs: 200,
      random: createRandom(1),
    });
    const useful = metric.matrix[0]! + metric.matrix[7]!;
    const noise = [14, 21, 28, 35].reduce((sum, i) => sum + metric.matrix[i]!, 0);
    expect(noise).toBeLessThan(0.05 * useful);
  }
});

test('the same seed gives the same metric, and another seed another one', () => {
  const options = { epochs: 2, batchSize: 64 };
  expect(learn(options)).toEqual(learn(options));
  expect(learn({ ...options, random: createRandom(2) }).matrix).not.toEqual(learn(options).matrix);
});

test('learning stops at the tolerance and says so', () => {
  const metric = learn({ anchorWeight: 0.1, tolerance: 0.05, batchSize: 64 });
  expect(metric.converged).toBe(true);
  expect(metric.history.length).toBeLessThan(30);
  expect(metric.history.map(({ epoch }) => epoch)).toEqual(metric.history.map((_, i) => i + 1));
  const stopped = learn({ anchorWeight: 0.1, tolerance: 0, epochs: 3 });
  expect(stopped.converged).toBe(false);
  expect(stopped.history).toHaveLength(3);
});

describe('degenerate data', () => {
  test('equal embeddings, one dimension, and a null space', () => {
    const equal = learn({ embeddings: new Float32Array(people.embeddings.length).fill(0.5) });
    expect(equal.matrix.every((value) => Number.isFinite(value))).toBe(true);
    const line = learn({
      embeddings: people.embeddings.filter((_, i) => i % people.dimension === 0),
      dimension: 1,
    });
    expect(line.matrix[0]!).toBeGreaterThan(0);
    const flat = learn({ embeddings: people.embeddings.map((value, i) => (i % 6 === 3 ? 0 : value)) });
    expect(flat.matrix.every((value) => Number.isFinite(value))).toBe(true);
  });

  test('any labels and any finite embeddings give finite distances', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 12, maxLength: 12 }),
        fc.constantFrom('spgd' as const, 'fista' as const),
        fc.constantFrom(0, 0.01),
        (values, solver, weight) => {
          const input = { embeddings: Float32Array.from(values), dimension: 3 };
          const a = Int32Array.of(0, 2, 0, 1);
          const b = Int32Array.of(1, 3, 2, 3);
          const metric = learnMetric({
            ...input,
            pairs: { a, b, same: [true, true, false, false] },
            traceWeight: weight,
            solver,
            epochs: 5,
            random: createRandom(1),
          });
          const distances = metricDistances(metric, input.embeddings, a, b);
          expect(distances.every((d) => Number.isFinite(d) && d >= 0)).toBe(true);
          expect(Number.isFinite(metric.bias)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });
});

const triplets = someTriplets(people.labels);
test.each<[string, Partial<Record<keyof LearnMetricOptions, unknown>>, string]>([
  ['no samples', { pairs: undefined }, 'pairs must be given, or triplets, one of the two, got "neither"'],
  ['two kinds of samples', { triplets }, 'got "both"'],
  [
    'all pairs same',
    { pairs: { ...pairs, same: pairs.same.map(() => 1) } },
    'of both kinds, same and different pairs, got "no different pair"',
  ],
  ['no pair', { pairs: { a: new Int32Array(), b: new Int32Array(), same: [] } }, 'got "no same pair"'],
  ['too few truths', { pairs: { ...pairs, same: [1] } }, 'pairs.same must be of the length of pairs.a, 1128'],
  [
    'a row that is not there',
    { pairs: { a: Int32Array.of(0), b: Int32Array.of(48), same: [1] } },
    'pairs.b must be rows from 0 to 47, got 48',
  ],
  [
    'columns that differ',
    { pairs: { a: Int32Array.of(0), b: new Int32Array(), same: [1] } },
    'pairs.b must be an Int32Array of the length of pairs.a',
  ],
  ['NaN', { embeddings: people.embeddings.with(7, NaN) }, 'embeddings must be finite, got "NaN in row 1"'],
  [
    'half a row',
    { embeddings: people.embeddings.subarray(1) },
    'embeddings must be a Float32Array of whole rows of 6 numbers',
  ],
  ['no dimension', { dimension: 0 }, 'dimension must be an integer from 1, got 0'],
  ['a negative weight', { traceWeight: -1 }, 'traceWeight must be a finite number from 0, got -1'],
  ['an endless weight', { anchorWeight: Infinity }, 'anchorWeight must be a finite number from 0, got Inf'],
  ['a batch of one', { batchSize: 1 }, 'batchSize must be an integer from 2, got 1'],
  ['half an epoch', { epochs: 0.5 }, 'epochs must be an integer from 1, got 0.5'],
  ['a strange solver', { solver: 'adam' }, "solver must be 'spgd' or 'fista', got \"adam\""],
  [
    'the exact solver for the hinge',
    { pairs: undefined, triplets, solver: 'fista' },
    "solver must be 'spgd' for the hinge",
  ],
  ['no margin', { pairs: undefined, triplets, margin: 0 }, 'margin must be a finite number above 0, got 0'],
  ['a strange loss', { pairs: undefined, triplets, tripletLoss: 'l2' }, "must be 'hinge' or 'squared-hinge'"],
  [
    'no triplet',
    {
      pairs: undefined,
      triplets: { anchors: new Int32Array(), positives: new Int32Array(), negatives: new Int32Array() },
    },
    'triplets must be one triplet at least',
  ],
])('refuses %s', (_, options, message) => {
  expect(() => learn(options as Partial<LearnMetricOptions>)).toThrow(message);
});
