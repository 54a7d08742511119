import { createRandom } from '@ft/random';
import { expect, test } from 'vitest';
import { allPairs, drawPeople } from '../../test/draw-people.ts';
import { fitJointBayesian, jointBayesianDistances } from '../index.ts';
import { multiply, transpose } from '../linear-algebra/multiply.ts';

/** log of the density of a normal distribution with mean 0, by Gaussian elimination. */
function logNormal(x: readonly number[], covariance: readonly (readonly number[])[]): number {
  const rows = covariance.map((row, i) => [...row, x[i]!]);
  let logDeterminant = 0;
  for (let i = 0; i < x.length; i++) {
    logDeterminant += Math.log(rows[i]![i]!);
    for (let j = i + 1; j < x.length; j++) {
      const factor = rows[j]![i]! / rows[i]![i]!;
      for (let k = i; k <= x.length; k++) rows[j]![k]! -= factor * rows[i]![k]!;
    }
  }
  let square = 0;
  for (let i = 0; i < x.length; i++) square += rows[i]![x.length]! ** 2 / rows[i]![i]!;
  return -(x.length * Math.log(2 * Math.PI) + logDeterminant + square) / 2;
}

const n = 3;
const people = drawPeople({ dimension: n, planted: 2, people: 15, images: 3 });
const model = fitJointBayesian({ ...people, tolerance: 0, iterations: 30 });

/** The covariances of variation and identity that the model stands for. */
function covariances() {
  const inverse = invert(model.map.weights);
  const scaled = inverse.map((value, i) => value * model.between[i % n]!);
  const across = transpose(inverse, n, n);
  return { variation: multiply(inverse, across, n, n, n), identity: multiply(scaled, across, n, n, n) };
}

function invert(matrix: Float64Array): Float64Array {
  const [a, b, c, d, e, f, g, h, i] = matrix as unknown as number[] & { length: 9 };
  const cofactors = [
    [e! * i! - f! * h!, c! * h! - b! * i!, b! * f! - c! * e!],
    [f! * g! - d! * i!, a! * i! - c! * g!, c! * d! - a! * f!],
    [d! * h! - e! * g!, b! * g! - a! * h!, a! * e! - b! * d!],
  ].flat();
  const determinant = a! * cofactors[0]! + b! * cofactors[3]! + c! * cofactors[6]!;
  return Float64Array.from(cofactors, (value) => value / determinant);
}

const { variation, identity } = covariances();
const centred = Array.from(people.embeddings, (value, i) => value - model.map.mean[i % n]!);

/** The covariance of several embeddings of one person, one after another. */
const stacked = (images: number, shared: boolean) =>
  Array.from({ length: images * n }, (_, i) =>
    Array.from({ length: images * n }, (__, j) => {
      const at = (i % n) * n + (j % n);
      const own = Math.floor(i / n) === Math.floor(j / n);
      return (own ? variation[at]! + identity[at]! : 0) + (shared && !own ? identity[at]! : 0);
    }),
  );

test('distances are the log-likelihood ratios of the definition, negated', () => {
  const { a, b } = allPairs(people.labels);
  const distances = jointBayesianDistances(model, people.embeddings, a, b);
  for (let pair = 0; pair < a.length; pair += 17) {
    const rows = [a[pair]!, b[pair]!].flatMap((row) => centred.slice(row * n, row * n + n));
    const ratio = logNormal(rows, stacked(2, true)) - logNormal(rows, stacked(2, false));
    expect(distances[pair]).toBeCloseTo(-ratio, 6);
  }
});

test('the likelihood is that of the definition, and never falls', () => {
  let total = 0;
  for (let person = 0; person < 15; person++) {
    total += logNormal(centred.slice(person * 3 * n, (person + 1) * 3 * n), stacked(3, true));
  }
  expect(model.logLikelihood.at(-1)).toBeCloseTo(total / people.labels.length, 8);
  expect(model.logLikelihood).toHaveLength(31);
  for (const [i, value] of model.logLikelihood.entries()) {
    expect(value).toBeGreaterThanOrEqual(model.logLikelihood[Math.max(0, i - 1)]! - 1e-10);
  }
});

test('shrinkage mixes the variation with a multiple of the identity of the same trace, and leaves the identities alone', () => {
  const share = 0.3;
  const { map, between } = fitJointBayesian({ ...people, tolerance: 0, iterations: 30, shrinkage: share });
  const inverse = invert(map.weights);
  const across = transpose(inverse, n, n);
  const shrunk = multiply(inverse, across, n, n, n);
  const kept = multiply(
    inverse.map((value, i) => value * between[i % n]!),
    across,
    n,
    n,
    n,
  );
  const trace = variation[0]! + variation[4]! + variation[8]!;
  for (let i = 0; i < n * n; i++) {
    expect(shrunk[i]).toBeCloseTo((1 - share) * variation[i]! + (i % 4 === 0 ? (share * trace) / n : 0), 8);
    expect(kept[i]).toBeCloseTo(identity[i]!, 8);
  }
});

test('variances that were drawn are found again, with unequal numbers of images', () => {
  const random = createRandom(3);
  const labels = Int32Array.from({ length: 1500 }, (_, row) => (row < 900 ? row % 300 : 300 + (row % 100)));
  const centres = Array.from({ length: 400 }, () => 2 * random.normal());
  const embeddings = Float32Array.from(labels, (label) => 7 + centres[label]! + 0.5 * random.normal());
  const fitted = fitJointBayesian({ embeddings, dimension: 1, labels });
  const scale = fitted.map.weights[0]!;
  expect(1 / scale ** 2).toBeCloseTo(0.25, 1);
  expect(fitted.between[0]! / scale ** 2).toBeGreaterThan(3);
  expect(fitted.between[0]! / scale ** 2).toBeLessThan(5);
  expect(fitted.map.mean[0]).toBeCloseTo(7, 0);
});

test('a direction without variance does no harm', () => {
  const flat = people.embeddings.map((value, i) => (i % n === 2 ? 1 : value));
  const fitted = fitJointBayesian({ ...people, embeddings: flat });
  const { a, b } = allPairs(people.labels);
  const distances = jointBayesianDistances(fitted, flat, a, b);
  expect(distances.every((distance) => Number.isFinite(distance))).toBe(true);
});

test('bad input is refused by name', () => {
  const labels = people.labels.map(() => 1);
  expect(() => fitJointBayesian({ ...people, labels })).toThrow(
    'fitJointBayesian: labels must be of two identities or more, got 1.',
  );
  expect(() => fitJointBayesian({ ...people, labels: people.labels.map((_, i) => i) })).toThrow(
    'of one identity at least with two embeddings',
  );
  expect(() => fitJointBayesian({ ...people, embeddings: people.embeddings.map(() => 2) })).toThrow(
    'such that those of one identity differ',
  );
  expect(() => fitJointBayesian({ ...people, shrinkage: 1.5 })).toThrow(
    'fitJointBayesian: shrinkage must be a number from 0 to 1, got 1.5.',
  );
  expect(() => fitJointBayesian({ ...people, iterations: 0 })).toThrow(
    'iterations must be an integer from 1',
  );
  expect(() =>
    jointBayesianDistances(model, people.embeddings.with(0, Infinity), Int32Array.of(0), Int32Array.of(1)),
  ).toThrow('jointBayesianDistances: embeddings must be finite, got "Infinity in row 0"');
});
