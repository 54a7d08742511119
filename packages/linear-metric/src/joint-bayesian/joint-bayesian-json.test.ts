import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allPairs, drawPeople } from '../../test/draw-people.ts';
import {
  fitJointBayesian,
  jointBayesianDistances,
  jointBayesianFromJson,
  jointBayesianToJson,
  MetricFormatError,
} from '../index.ts';

const people = drawPeople({ dimension: 3 });
const model = fitJointBayesian(people);
const json = jointBayesianToJson(model);

test('a model that is saved and read gives the same distances to the last digit', () => {
  const read = jointBayesianFromJson(JSON.parse(JSON.stringify(json)));
  const { a, b } = allPairs(people.labels);
  expect(jointBayesianDistances(read, people.embeddings, a, b)).toEqual(
    jointBayesianDistances(model, people.embeddings, a, b),
  );
});

test.each([
  [null, 'format must be "ft-joint-bayesian-1"'],
  [{ ...json, format: 'ft-linear-metric-1' }, 'format must be "ft-joint-bayesian-1"'],
  [{ ...json, mean: [] }, 'mean must be an array of finite numbers'],
  [{ ...json, weights: json.weights.slice(1) }, 'weights must be 9 finite numbers'],
  [{ ...json, weights: json.weights.map(() => null) }, 'weights must be 9 finite numbers'],
  [{ ...json, between: [1, 1, -1] }, 'between must be 3 numbers from 0'],
])('refuses %o', (value, message) => {
  expect(() => jointBayesianFromJson(value)).toThrow(message);
});

test('refuses whatever else there is in one way', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(() => jointBayesianFromJson(value)).toThrow(MetricFormatError);
    }),
  );
});
