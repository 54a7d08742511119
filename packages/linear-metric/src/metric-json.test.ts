import { createRandom } from '@ft/random';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allPairs, drawPeople } from '../test/draw-people.ts';
import { learnMetric, metricDistances, MetricFormatError, metricFromJson, metricToJson } from './index.ts';

const people = drawPeople({ dimension: 4 });
const pairs = allPairs(people.labels);
const metric = learnMetric({
  ...people,
  pairs,
  traceWeight: 0.02,
  anchorWeight: 0,
  epochs: 3,
  random: createRandom(1),
});
const json = metricToJson(metric);

test('a metric that is saved and read gives the same distances to the last digit', () => {
  const read = metricFromJson(JSON.parse(JSON.stringify(json)));
  const { history: _, converged: __, ...plain } = metric;
  expect(read).toEqual(plain);
  expect(metricDistances(read, people.embeddings, pairs.a, pairs.b)).toEqual(
    metricDistances(metric, people.embeddings, pairs.a, pairs.b),
  );
});

test.each([
  [null, 'format must be "ft-linear-metric-1", got undefined'],
  ['text', 'format must be'],
  [
    { ...json, format: 'ft-linear-metric-2' },
    'format must be "ft-linear-metric-1", got "ft-linear-metric-2"',
  ],
  [{ ...json, dimension: 0 }, 'dimension must be an integer from 1, got 0'],
  [{ ...json, outputDimension: '4' }, 'outputDimension must be an integer from 1, got "4"'],
  [{ ...json, weights: json.weights.slice(1) }, 'weights must be an array of dimension x outputDimension'],
  [{ ...json, weights: json.weights.map(() => null) }, 'weights[0] must be a finite number, got null'],
  [{ ...json, bias: 'high' }, 'bias must be a finite number or null, got "high"'],
])('refuses %o', (value, message) => {
  expect(() => metricFromJson(value)).toThrow(message);
});

test('refuses whatever else there is in one way', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(() => metricFromJson(value)).toThrow(MetricFormatError);
    }),
  );
});
