import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { installedEngines } from '../engine-cache.ts';
import { selectEngine } from '../select-engine.ts';
import { accelerate } from './accelerate.ts';
import { FUSED_CONVOLUTION } from './fused-kernel-names.ts';
import { loadedNativeBackend } from './native-backend.ts';
import { hasOwnOperations } from './own-operations.ts';

type Shape4D = [number, number, number, number];

interface Case {
  readonly name: string;
  readonly x: Shape4D;
  /** Height and width of the filter, and its outputs; none where it goes depthwise. */
  readonly filter: [number, number, number?];
  readonly strides: number;
  readonly pad: 'same' | 'valid' | number;
}

const cases: Case[] = [
  { name: 'padding by number', x: [2, 9, 8, 16], filter: [3, 3, 32], strides: 2, pad: 1 },
  { name: 'one image', x: [1, 7, 5, 32], filter: [3, 3, 16], strides: 1, pad: 'same' },
  { name: 'the first layer', x: [2, 11, 11, 3], filter: [3, 3, 16], strides: 2, pad: 1 },
  { name: 'a few channels', x: [2, 9, 8, 5], filter: [3, 3, 7], strides: 2, pad: 1 },
  { name: 'few places', x: [1, 3, 3, 16], filter: [3, 3, 16], strides: 1, pad: 'same' },
  { name: 'depthwise', x: [2, 9, 8, 16], filter: [3, 3], strides: 1, pad: 1 },
  { name: 'depthwise, many channels', x: [2, 8, 9, 144], filter: [3, 3], strides: 2, pad: 1 },
  { name: 'depthwise, one image', x: [1, 8, 9, 80], filter: [5, 3], strides: 2, pad: 'same' },
  { name: 'depthwise, larger than the image', x: [17, 3, 2, 16], filter: [4, 4], strides: 3, pad: 2 },
  { name: 'depthwise, a few channels', x: [2, 9, 8, 5], filter: [3, 3], strides: 2, pad: 'valid' },
];
const endings: [name: string, inputs: string[], relu: boolean][] = [
  ['nothing', [], false],
  ['an offset', ['offset'], false],
  ['scale, offset, ReLU', ['scale', 'offset'], true],
  ['scale, offset, an image, ReLU', ['scale', 'offset', 'addend'], true],
  ['scale, an image', ['scale', 'addend'], false],
  ['offset, PReLU', ['offset', 'slopes'], false],
  ['scale, offset, an image, PReLU', ['scale', 'offset', 'addend', 'slopes'], false],
];

type Inputs = Record<string, tf.Tensor>;
const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);

function inputsOf({ x, filter: [height, width, outputs], strides, pad }: Case, given: string[]): Inputs {
  const filter = [height, width, x[3], outputs ?? 1];
  const images = { x: random(x, 13), filter: random(filter, 2) };
  const channels = outputs ?? x[3];
  const { shape } = bare(images, strides, pad, outputs === undefined);
  const all: Inputs = {
    scale: random([channels], 3),
    offset: random([channels], 4),
    addend: random(shape, 5),
    slopes: random([channels], 6),
  };
  const none = tf.tensor1d([]);
  return {
    ...images,
    ...Object.fromEntries(Object.entries(all).map(([k, v]) => [k, given.includes(k) ? v : none])),
  };
}

/** The convolution alone, by TensorFlow where {@link accelerate} was not called yet. */
function bare(
  { x, filter }: Inputs,
  strides: number,
  pad: 'same' | 'valid' | number,
  isDepthwise: boolean,
): tf.Tensor {
  const image = (
    typeof pad === 'number'
      ? tf.pad(x!, [
          [0, 0],
          [pad, pad],
          [pad, pad],
          [0, 0],
        ])
      : x!
  ) as tf.Tensor4D;
  const window = [image, filter as tf.Tensor4D, strides, typeof pad === 'number' ? 'valid' : pad] as const;
  return isDepthwise ? tf.depthwiseConv2d(...window) : tf.conv2d(...window);
}

function separate(inputs: Inputs, of: Case, relu: boolean): tf.Tensor {
  let y = bare(inputs, of.strides, of.pad, of.filter[2] === undefined);
  if (inputs['scale']!.size > 0) y = tf.mul(y, inputs['scale']!);
  if (inputs['offset']!.size > 0) y = tf.add(y, inputs['offset']!);
  if (inputs['addend']!.size > 0) y = tf.add(y, inputs['addend']!);
  if (inputs['slopes']!.size > 0) return tf.prelu(y, inputs['slopes']!);
  return relu ? tf.relu(y) : y;
}

function fused(inputs: Inputs, { strides, pad, filter }: Case, relu: boolean): tf.Tensor {
  const attrs = { strides, pad, depthwise: filter[2] === undefined, relu };
  return tf.engine().runKernel(FUSED_CONVOLUTION, inputs, attrs) as tf.Tensor;
}

/** The result, and the gradient of a weighted sum of it by every input. */
function results(compute: (inputs: Inputs) => tf.Tensor, inputs: Inputs): number[][] {
  const names = Object.keys(inputs).filter((name) => inputs[name]!.size > 0);
  const weigh = (...tensors: tf.Tensor[]) => {
    const y = compute({ ...inputs, ...Object.fromEntries(tensors.map((t, i) => [names[i]!, t])) });
    return tf.sum(tf.mul(y, random(y.shape, 7)));
  };
  const gradients = tf.grads(weigh)(names.map((name) => inputs[name]!));
  return [compute(inputs), ...gradients].map((tensor) => Array.from(tensor.dataSync()));
}

const all = cases.flatMap((of) => endings.map((ending) => [of, ending] as const));
const isInstalled = (await installedEngines()).length > 0;
if (isInstalled) await selectEngine({ require: 'tensorflow' });

describe.runIf(isInstalled && hasOwnOperations(loadedNativeBackend()!))('the fused convolution', () => {
  let expected: number[][][];
  beforeAll(() => {
    expected = all.map(([of, [, given, relu]]) =>
      tf.tidy(() => results((inputs) => separate(inputs, of, relu), inputsOf(of, given))),
    );
    accelerate();
  });

  test.each(all.map(([of, ending], i) => [of.name, ending[0], i] as const))(
    '%s, then %s: as TensorFlow computes it',
    (_, __, index) => {
      const [of, [, given, relu]] = all[index]!;
      const before = tf.memory().numTensors;
      const compute = () => tf.tidy(() => results((inputs) => fused(inputs, of, relu), inputsOf(of, given)));
      const found = compute();
      expect(tf.memory().numTensors).toBe(before);
      found.forEach((values, k) => {
        const wanted = expected[index]![k]!;
        expect(values).toHaveLength(wanted.length);
        const largest = Math.max(...wanted.map(Math.abs));
        const worst = Math.max(...values.map((value, i) => Math.abs(value - wanted[i]!)));
        expect(worst / largest).toBeLessThan(1e-5);
      });
      expect(compute()).toEqual(found);
    },
  );

  test.each(
    all.filter(([, [, given]]) => given.length > 1).map(([of, ending]) => [of.name, of, ending] as const),
  )('%s: gradients are what finite differences say', (_, of, [, given, relu]) => {
    tf.tidy(() => {
      const inputs = inputsOf(of, given);
      const names = Object.keys(inputs).filter((name) => inputs[name]!.size > 0);
      const loss = (at: Inputs) => {
        const y = fused(at, of, relu);
        return tf.sum(tf.mul(y, random(y.shape, 9)));
      };
      const gradients = tf.grads((...tensors) =>
        loss({ ...inputs, ...Object.fromEntries(tensors.map((t, i) => [names[i]!, t])) }),
      )(names.map((name) => inputs[name]!));
      gradients.forEach((gradient, k) => {
        const name = names[k]!;
        const along = tf.div(gradient, tf.norm(gradient));
        const moved = (step: number) =>
          loss({ ...inputs, [name]: tf.add(inputs[name]!, tf.mul(along, step)) }).dataSync()[0]!;
        const slope = tf.norm(gradient).dataSync()[0]!;
        expect(Math.abs((moved(2e-3) - moved(-2e-3)) / 4e-3 - slope) / Math.max(1, slope)).toBeLessThan(3e-2);
      });
    });
  });

  test('has gradients of gradients, composed', () => {
    const of = cases[1]!;
    const penalty = (compute: typeof fused) =>
      tf.tidy(() => {
        const inputs = inputsOf(of, ['scale', 'offset']);
        const inner = tf.grad((x: tf.Tensor) => tf.sum(tf.square(compute({ ...inputs, x }, of, true))));
        const outer = tf.grad((x: tf.Tensor) => tf.sum(tf.square(inner(x))));
        return Array.from(outer(inputs['x']!).dataSync());
      });
    const [found, wanted] = [penalty(fused), penalty(separate)];
    const largest = Math.max(...wanted.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    expect(Math.max(...found.map((value, i) => Math.abs(value - wanted[i]!))) / largest).toBeLessThan(1e-4);
  });
});
