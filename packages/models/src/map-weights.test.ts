import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { disturbed } from '../fixtures/disturbed.ts';
import {
  createModel,
  exportTfjsLayers,
  exportWeights,
  importWeights,
  mapWeights,
  readTfjsWeights,
  smallCnn,
} from './index.ts';
import { transposeData } from './transpose-data.ts';

let folder: string;
beforeAll(async () => {
  await selectEngine();
  folder = await mkdtemp(join(tmpdir(), 'ft-weights-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('weights of a TensorFlow.js model come back by a map of names', async () => {
  const architecture = smallCnn({ size: 32, width: 0.125 });
  const model = disturbed(architecture);
  await exportTfjsLayers(model, folder);
  const stored = await readTfjsWeights(join(folder, 'model.json'));
  const theirs: Record<string, string> = {
    scale: 'gamma',
    offset: 'beta',
    mean: 'moving_mean',
    variance: 'moving_variance',
  };
  const map = Object.fromEntries(
    [...model.weights.keys()].map((name) => {
      const [layer, own] = name.split('/') as [string, string];
      return [name, `${layer}/${theirs[own] ?? own}`];
    }),
  );
  const copy = createModel(architecture, { seed: 9 });
  importWeights(copy, mapWeights(stored, map, 'model.json'), 'model.json');
  expect(await exportWeights(copy)).toEqual(await exportWeights(model));

  await truncate(join(folder, 'weights.bin'), 1000);
  await expect(readTfjsWeights(join(folder, 'model.json'))).rejects.toThrow(
    /weights\.bin beside .*model\.json must hold \d+ bytes, got 1000\. Restore it from a copy\./,
  );
  tf.dispose([...model.weights.values(), ...copy.weights.values()]);
});

test('quantised and half-precision weights are expanded', async () => {
  const write = async (weights: object[], bytes: Uint8Array) => {
    await writeFile(join(folder, 'w.bin'), bytes);
    await writeFile(join(folder, 'w.json'), JSON.stringify([{ paths: ['w.bin'], weights }]));
    return readTfjsWeights(join(folder, 'w.json'));
  };
  const byte = { dtype: 'uint8', scale: 0.5, min: -1 };
  const half = { dtype: 'float16' };
  const tensors = await write(
    [
      { name: 'a', shape: [3], dtype: 'float32', quantization: byte },
      { name: 'b', shape: [1], dtype: 'float32', quantization: half },
    ],
    Uint8Array.of(0, 2, 255, 0, 0xc0),
  );
  expect([...tensors.get('a')!.data]).toEqual([-1, 0, 126.5]);
  expect([...tensors.get('b')!.data]).toEqual([-2]);
  await expect(write([{ name: 'a', shape: [1], dtype: 'string' }], Uint8Array.of(0))).rejects.toThrow(
    '"a" must be stored as one of float32, int32, float16, uint8, uint16, got string.',
  );
  await writeFile(join(folder, 'w.json'), '{}');
  await expect(readTfjsWeights(join(folder, 'w.json'))).rejects.toThrow('names no weights');
  await expect(readTfjsWeights(join(folder, 'none.json'))).rejects.toThrow('cannot be read (ENOENT)');
});

test('axes are put in another order as nested loops do it', () => {
  fc.assert(
    fc.property(
      fc.tuple(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
      ),
      fc.shuffledSubarray([0, 1, 2], { minLength: 3, maxLength: 3 }),
      (shape, order) => {
        const data = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => i);
        const moved = transposeData(data, shape, order);
        const [, rows, columns] = order.map((axis) => shape[axis]!) as [number, number, number];
        for (let i = 0; i < shape[0]; i++) {
          for (let j = 0; j < shape[1]; j++) {
            for (let k = 0; k < shape[2]; k++) {
              const [a, b, c] = order.map((axis) => [i, j, k][axis]!) as [number, number, number];
              expect(moved[(a * rows + b) * columns + c]).toBe(data[(i * shape[1] + j) * shape[2] + k]);
            }
          }
        }
      },
    ),
  );
});

test('a map that does not fit is refused by name', () => {
  const stored = new Map([['conv1.weight', { shape: [2, 3], data: new Float32Array(6) }]]);
  expect(() => mapWeights(stored, { 'conv1/kernel': 'conv1.weigth' }, 'x.safetensors')).toThrow(
    'x.safetensors: weight "conv1.weigth" (for "conv1/kernel") is not among the 1 that it holds. Did you mean "conv1.weight"?',
  );
  expect(() => mapWeights(stored, { a: { name: 'conv1.weight', shape: [7] } }, 'x')).toThrow(
    'x: weight "conv1.weight" of shape [2, 3] cannot be read as [7], ordered [0], and taken as [7]. Correct the map\'s entry "a".',
  );
  const flat = mapWeights(stored, { a: { name: 'conv1.weight', order: [1, 0], as: [6] } }, 'x');
  expect(flat.get('a')!.shape).toEqual([6]);
});
