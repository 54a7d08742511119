import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { allPairs, drawPeople } from '../../test/draw-people.ts';
import { fitPca, fitWhitening, learnMetric, metricDistances, metricThrough, transform } from '../index.ts';

const people = drawPeople({ dimension: 5, planted: 2, people: 20, images: 5 });
const { embeddings, dimension, labels } = people;
const count = labels.length;
const pairs = allPairs(labels);

function covariance(rows: Float32Array, size: number, centre: (row: number) => Float64Array): number[] {
  const sums = new Array<number>(size * size).fill(0);
  for (let row = 0; row < rows.length / size; row++) {
    const mean = centre(row);
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        sums[i * size + j]! += (rows[row * size + i]! - mean[i]!) * (rows[row * size + j]! - mean[j]!);
  }
  return sums;
}

test('principal components are uncorrelated, centred, and explain descending shares of the variance', () => {
  const pca = fitPca({ embeddings, dimension });
  const mapped = transform(pca, embeddings);
  const sums = covariance(mapped, dimension, () => new Float64Array(dimension));
  const total = sums.filter((_, i) => i % (dimension + 1) === 0).reduce((sum, value) => sum + value, 0);
  for (let i = 0; i < dimension; i++) {
    expect(sums[i * dimension + i]! / total).toBeCloseTo(pca.explained[i]!, 5);
    expect(pca.explained[i]!).toBeLessThanOrEqual(pca.explained[Math.max(0, i - 1)]!);
    let mean = 0;
    for (let row = 0; row < count; row++) mean += mapped[row * dimension + i]! / count;
    expect(mean).toBeCloseTo(0, 5);
    for (let j = 0; j < i; j++) expect(sums[i * dimension + j]! / total).toBeCloseTo(0, 6);
  }
  expect(pca.explained.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  // All components only turn the cloud.
  const turned = metricDistances(pca, embeddings, pairs.a, pairs.b);
  const same = metricDistances(metricThrough(pca), embeddings, pairs.a, pairs.b);
  for (const [i, distance] of turned.entries()) expect(same[i]!).toBeCloseTo(distance, 9);
});

test('after whitening, embeddings of one person have the identity as covariance', () => {
  const whitening = fitWhitening({ embeddings, dimension, labels, shrinkage: 0 });
  const mapped = transform(whitening, embeddings);
  const means = Array.from({ length: 20 }, (_, person) =>
    Float64Array.from({ length: dimension }, (__, i) => {
      let mean = 0;
      for (let row = person * 5; row < person * 5 + 5; row++) mean += mapped[row * dimension + i]! / 5;
      return mean;
    }),
  );
  const sums = covariance(mapped, dimension, (row) => means[labels[row]!]!);
  for (const [i, sum] of sums.entries()) {
    expect(sum / (count - 20)).toBeCloseTo(i % (dimension + 1) === 0 ? 1 : 0, 4);
  }
});

test('shrinkage 1 is a multiple of the plain distance, and saves data without variance in a direction', () => {
  const plain = fitWhitening({ embeddings, dimension, labels, shrinkage: 1 });
  const ratio = plain.weights.filter((value) => Math.abs(value) > 1e-9).map((value) => Math.abs(value));
  expect(Math.max(...metricThrough(plain).matrix)).toBeCloseTo(Math.min(...diagonal(plain)), 9);
  expect(ratio.length).toBeGreaterThanOrEqual(dimension);
  const flat = embeddings.map((value, i) => (i % dimension === 4 ? 0.5 : value));
  expect(() => fitWhitening({ embeddings: flat, dimension, labels, shrinkage: 0 })).toThrow(
    'got "no difference in 1 of 5 directions". Give a shrinkage above 0',
  );
  expect(
    fitWhitening({ embeddings: flat, dimension, labels }).weights.every((value) => Number.isFinite(value)),
  ).toBe(true);
});

const diagonal = (map: Parameters<typeof metricThrough>[0]) =>
  metricThrough(map).matrix.filter((_, i) => i % (dimension + 1) === 0);

test('plain distances of transformed embeddings are those of the metric; a chain of maps is one metric', () => {
  const whitening = fitWhitening({ embeddings, dimension, labels });
  const pca = fitPca({ embeddings: transform(whitening, embeddings), dimension, components: 3 });
  const reduced = transform(pca, transform(whitening, embeddings));
  const metric = learnMetric({
    embeddings: reduced,
    dimension: 3,
    pairs,
    epochs: 3,
    random: createRandom(1),
  });
  const steps = metricDistances(metric, reduced, pairs.a, pairs.b);
  const whole = metricThrough(whitening, metricThrough(pca, metric));
  expect(whole.bias).toBe(metric.bias);
  expect(whole.rank).toBe(metric.rank);
  const once = metricDistances(whole, embeddings, pairs.a, pairs.b);
  const mapped = transform(whole, embeddings);
  for (const [i, distance] of steps.entries()) {
    expect(once[i]!).toBeCloseTo(distance, 3);
    let sum = 0;
    for (let k = 0; k < whole.outputDimension; k++) {
      sum +=
        (mapped[pairs.a[i]! * whole.outputDimension + k]! -
          mapped[pairs.b[i]! * whole.outputDimension + k]!) **
        2;
    }
    expect(sum).toBeCloseTo(once[i]!, 3);
  }
});

test('bad input is refused by name', () => {
  const pca = fitPca({ embeddings, dimension });
  expect(() => fitPca({ embeddings, dimension, components: 6 })).toThrow(
    'fitPca: components must be an integer from 1 to the dimension, 5, got 6.',
  );
  expect(() => fitPca({ embeddings: new Float32Array(), dimension })).toThrow('fitPca: embeddings must be');
  expect(() => transform(pca, embeddings.subarray(1))).toThrow('transform: embeddings must be');
  expect(() =>
    transform(
      { ...pca, weights: pca.weights.map(() => 1e30) },
      embeddings.map(() => 1e30),
    ),
  ).toThrow('small enough that a Float32Array holds');
  expect(() => fitWhitening({ embeddings, dimension, labels: labels.subarray(1) })).toThrow(
    'fitWhitening: labels must be one for each of 100 embeddings',
  );
  expect(() => fitWhitening({ embeddings, dimension, labels: labels.map((_, i) => i) })).toThrow(
    'of one identity at least with two embeddings or more, got "100 identities with one each"',
  );
  expect(() => fitWhitening({ embeddings, dimension, labels, shrinkage: 2 })).toThrow(
    'shrinkage must be a number from 0 to 1, got 2',
  );
  expect(() => fitWhitening({ embeddings: embeddings.map(() => 1), dimension, labels })).toThrow(
    'no difference in 5 of 5 directions',
  );
  expect(() => metricThrough({ ...pca, outputDimension: 3 }, metricThrough(pca))).toThrow(
    "metricThrough: metric.dimension must be 3, the map's outputDimension, got 5.",
  );
  expect(() => metricDistances(pca, embeddings, Int32Array.of(100), Int32Array.of(0))).toThrow(
    'metricDistances: a must be rows from 0 to 99, got 100.',
  );
});
