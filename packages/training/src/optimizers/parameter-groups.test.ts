import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import {
  discriminativeRates,
  frozenLayers,
  resolveParameters,
  type ParameterGroup,
} from './parameter-groups.ts';

let weights: Map<string, tf.Variable>;
beforeAll(async () => {
  tf.env().set('PROD', true);
  await tf.setBackend('cpu');
  const names = [
    'block1/conv1/kernel',
    'block1/norm1/scale',
    'block1/norm1/offset',
    'block2/conv1/kernel',
    'dense1/bias',
  ];
  weights = new Map(names.map((name) => [name, tf.variable(tf.zeros([1]))]));
  weights.set('block1/norm1/mean', tf.variable(tf.zeros([1]), false));
});

const how = (groups: ParameterGroup[]) =>
  Object.fromEntries(
    resolveParameters(weights, groups).map(({ name, rate, weightDecay, frozenUntil }) => [
      name,
      [rate, weightDecay, frozenUntil],
    ]),
  );

test('the first group that names a weight decides; statistics are no parameters', () => {
  expect(
    how([
      { names: 'block1/conv*', rate: 0.5, frozenUntil: 10 },
      { names: ['block1/*', 'dense1/bias'], weightDecay: 0 },
    ]),
  ).toEqual({
    'block1/conv1/kernel': [0.5, undefined, 10],
    'block1/norm1/scale': [1, 0, 0],
    'block1/norm1/offset': [1, 0, 0],
    'block2/conv1/kernel': [1, undefined, 0],
    'dense1/bias': [1, 0, 0],
  });
});

test('a layer is frozen while all of its weights are', () => {
  const parameters = resolveParameters(weights, [
    { names: 'block1/norm1/scale', frozenUntil: 5 },
    { names: 'block1/*', frozenUntil: 10 },
  ]);
  expect([...frozenLayers(parameters, 4)]).toEqual(['block1/conv1', 'block1/norm1']);
  expect([...frozenLayers(parameters, 5)]).toEqual(['block1/conv1']);
  expect([...frozenLayers(parameters, 10)]).toEqual([]);
});

test('discriminative rates fall towards the lower parts', () => {
  expect(discriminativeRates(['block1/*', 'block2/*', 'dense1/*'], 0.5)).toEqual([
    { names: 'block1/*', rate: 0.25 },
    { names: 'block2/*', rate: 0.5 },
    { names: 'dense1/*', rate: 1 },
  ]);
  expect(() => discriminativeRates([], 0)).toThrow(
    'discriminativeRates: factor must be a number above 0, got 0.',
  );
});

test.each<[ParameterGroup, string]>([
  [
    { names: 'dense1/bia' },
    'parameters[0].names must be the name of a trainable weight, or a pattern of some, got "dense1/bia". Did you mean dense1/bias?',
  ],
  [{ names: 'trunk.*' }, 'got "trunk.*". There are block1/conv1/kernel'],
  [{ names: 'block1/norm1/mean' }, 'parameters[0].names must be the name of a trainable weight'],
  [{ names: '*', rate: -1 }, 'train: parameters[0].rate must be a number of at least 0, got -1.'],
  [{ names: '*', frozenUntil: Number.NaN }, 'parameters[0].frozenUntil must be a number of at least 0'],
])('a wrong group is refused: %o', (group, message) => {
  expect(() => resolveParameters(weights, [group])).toThrow(message);
});
