import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs'; // registers the gradients and the cpu backend
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { enableWasmTraining } from './enable-wasm-training.ts';
import { startWasm } from './start-wasm.ts';

const ports = () => process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length;

/** Starts the backend anew. */
const modes: Record<string, () => Promise<void>> = {
  'as it comes': async () => {
    await tf.setBackend('wasm');
    enableWasmTraining();
  },
  'with threads': async () => {
    const factory = tf.findBackendFactory('wasm');
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory);
    const before = ports();
    expect(await startWasm(2)).toBe(2);
    // Threads that wait for work must not keep the process alive.
    expect(ports()).toBe(before);
  },
};

beforeAll(() => {
  tf.env().set('IS_TEST', true);
});

/** Runs the same function on the reference backend and on wasm, and compares every output. */
function expectSameOnCpu(build: () => tf.Tensor[]): void {
  const results = ['cpu', 'wasm'].map((backend) => {
    tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const values = tf.tidy(() => {
      const tensors = build();
      return tensors.map((t) => ({ shape: t.shape, data: Array.from(t.dataSync()) }));
    });
    expect(tf.memory().numTensors).toBe(before);
    return values;
  });
  const [expected, got] = results as [(typeof results)[0], (typeof results)[0]];
  expect(got.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
  got.forEach(({ data }, k) => {
    const reference = expected[k]!.data;
    const scale = reference.reduce((max, v) => Math.max(max, Math.abs(v)), 1e-3);
    let worst = 0;
    for (let i = 0; i < data.length; i++) worst = Math.max(worst, Math.abs(data[i]! - reference[i]!));
    expect(worst / scale).toBeLessThan(3e-6);
  });
}

type Pad = Parameters<typeof tf.conv2d>[3];
const explicit = (...sides: [number, number, number, number]): Pad => [
  [0, 0],
  [sides[0], sides[1]],
  [sides[2], sides[3]],
  [0, 0],
];
// [batch, height, width, channels in], [filter height, width, channels out], strides, pad
const geometries: [number[], [number, number, number], number | [number, number], Pad][] = [
  [[2, 7, 9, 3], [3, 3, 4], 1, 'same'],
  [[2, 7, 9, 3], [3, 3, 4], 2, 'same'],
  [[1, 8, 8, 5], [3, 3, 2], 2, 'same'],
  [[3, 8, 6, 2], [3, 3, 4], 1, 'valid'],
  [[2, 9, 8, 2], [3, 2, 3], [2, 1], 'valid'],
  [[2, 6, 5, 4], [1, 1, 7], 1, 'same'],
  [[2, 6, 5, 4], [1, 1, 3], 2, 'same'],
  [[2, 6, 5, 4], [1, 1, 3], 3, 'valid'],
  [[1, 11, 10, 3], [7, 7, 2], 2, 'same'],
  [[1, 5, 5, 3], [5, 5, 6], 1, 'valid'],
  [[2, 6, 7, 2], [4, 4, 3], 1, 'same'],
  [[2, 6, 7, 2], [3, 3, 3], 2, explicit(1, 0, 0, 2)],
  [[2, 6, 7, 2], [3, 3, 3], 1, explicit(2, 2, 3, 1)],
  [[1, 4, 4, 1], [3, 3, 1], 1, 1],
];

type Gradient = (...inputs: tf.Tensor[]) => tf.Tensor;
const random = (shape: number[], seed: number) =>
  tf.tidy(() => tf.randomNormal(shape, 0, 1, 'float32', seed).dataSync());

const convolutionGradients = tf.grads(((x: tf.Tensor4D, w: tf.Tensor4D) =>
  tf.conv2d(x, w, 2, 'same')) as Gradient);
const depthwiseGradients = tf.grads(((x: tf.Tensor4D, w: tf.Tensor4D) =>
  tf.depthwiseConv2d(x, w, 1, 'same')) as Gradient);

describe.each(Object.keys(modes))('the wasm backend %s', (mode) => {
  beforeAll(() => modes[mode]!());

  describe('convolution gradients', () => {
    it.each(geometries)('conv2d %j filter %j strides %j pad %j', (shape, [fh, fw, co], strides, pad) => {
      const filter = [fh, fw, shape[3]!, co];
      const [x, w] = [random(shape, 1), random(filter, 2)];
      const f = (a: tf.Tensor, b: tf.Tensor) =>
        tf.sin(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad));
      expectSameOnCpu(() => tf.grads(f as Gradient)([tf.tensor(x, shape), tf.tensor(w, filter)]));
    });

    const square = geometries.filter(([, , strides]) => typeof strides === 'number');
    it.each(square)('depthwise %j filter %j strides %j pad %j', (shape, [fh, fw, co], strides, pad) => {
      const f = (a: tf.Tensor, b: tf.Tensor) =>
        tf.sin(tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad as 'same'));
      for (const multiplier of [1, co]) {
        const filter = [fh, fw, shape[3]!, multiplier];
        const [x, w] = [random(shape, 1), random(filter, 2)];
        expectSameOnCpu(() => tf.grads(f as Gradient)([tf.tensor(x, shape), tf.tensor(w, filter)]));
      }
    });

    it('gives the same for a batch as for its images one by one', () => {
      tf.setBackend('wasm');
      tf.tidy(() => {
        // Enough work for several threads.
        const x = tf.randomNormal<tf.Rank.R4>([4, 24, 24, 16]);
        for (const [gradients, filter] of [
          [convolutionGradients, tf.randomNormal([3, 3, 16, 10])],
          [depthwiseGradients, tf.randomNormal([3, 3, 16, 1])],
        ] as const) {
          const [dx, dw] = gradients([x, filter]) as [tf.Tensor, tf.Tensor];
          const single = tf.split(x, 4).map((image) => gradients([image, filter]));
          const dxSingle = tf.concat(single.map(([d]) => d!));
          const dwSingle = tf.addN(single.map(([, d]) => d!));
          expect(tf.max(tf.abs(tf.sub(dx, dxSingle))).dataSync()[0]).toBeLessThan(1e-4);
          expect(tf.max(tf.abs(tf.sub(dw, dwSingle))).dataSync()[0]).toBeLessThan(0.01);
        }
      });
    });

    it('refuses channels first', () => {
      tf.setBackend('wasm');
      const attrs = { strides: 1, pad: 'same', dataFormat: 'NCHW', filterShape: [3, 3, 2, 2] };
      expect(() =>
        tf.tidy(() => {
          const image = tf.zeros([1, 2, 4, 4]);
          tf.engine().runKernel('Conv2DBackpropFilter', { x: image, dy: image }, attrs);
        }),
      ).toThrow("dataFormat must be 'NHWC' on the wasm engine");
    });
  });

  describe('unsorted segment sum', () => {
    it('sums rows by segment, and leaves negative segments out', () => {
      tf.setBackend('wasm');
      const sums = tf.tidy(() =>
        tf
          .unsortedSegmentSum(
            tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]),
            tf.tensor1d([2, 0, -1, 2], 'int32'),
            4,
          )
          .arraySync(),
      );
      expect(sums).toEqual([
        [3, 4],
        [0, 0],
        [8, 10],
        [0, 0],
      ]);
    });

    it('is the gradient of gather', () => {
      const table = tf.randomNormal([5, 3], 0, 1, 'float32', 3).dataSync();
      for (const axis of [0, 1]) {
        expectSameOnCpu(() => [
          tf.grad((x: tf.Tensor) => tf.square(tf.gather(x, tf.tensor1d([2, 0, 2, 1], 'int32'), axis)))(
            tf.tensor2d(table, [5, 3]),
          ),
        ]);
      }
    });

    it('keeps integers integers', () => {
      expectSameOnCpu(() => [
        tf.unsortedSegmentSum(tf.tensor1d([1, 2, 3], 'int32'), tf.tensor1d([1, 1, 0], 'int32'), 2),
      ]);
    });
  });

  it('keeps the heap steady over many steps', () => {
    tf.setBackend('wasm');
    const x = tf.randomNormal<tf.Rank.R4>([4, 12, 12, 8]);
    const w = tf.variable(tf.randomNormal<tf.Rank.R4>([3, 3, 8, 8]));
    const step = () =>
      tf.tidy(() => tf.variableGrads(() => tf.mean(tf.square(tf.conv2d(x, w, 2, 'same')))).value.dataSync());
    step();
    const { numTensors } = tf.memory();
    const dataIds = tf.backend().numDataIds();
    for (let i = 0; i < 20; i++) step();
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(tf.backend().numDataIds()).toBe(dataIds);
    tf.dispose([x, w]);
  });

  it('is idempotent', () => {
    expect(enableWasmTraining()).toEqual(enableWasmTraining());
    expect(enableWasmTraining()).toContain('Conv2DBackpropFilter');
  });
});
