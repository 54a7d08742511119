import { expect, test } from 'vitest';
import { scatter } from '../fixtures/scatter.ts';
import { mapWeights, pytorchWeightMap, type Architecture, type StoredTensor } from './index.ts';

const architecture: Architecture = {
  name: 'one-of-each',
  input: { height: 2, width: 3, channels: 3, mean: [0, 0, 0], scale: 1 },
  layers: [
    { type: 'conv', filters: 4, kernel: 3, stride: 1, bias: true },
    { type: 'batch-norm', epsilon: 1e-5, momentum: 0.9 },
    { type: 'depthwise-conv', kernel: 3, stride: 1, bias: false, padding: 1 },
    { type: 'flatten' },
    { type: 'dense', units: 5, bias: false },
    { type: 'dense', units: 2, bias: false },
  ],
  embeddingSize: 2,
  normalize: true,
};
const modules = { conv1: 'features.0', norm1: 'features.1', depthwise1: 'dw', dense1: 'fc', dense2: 'out' };

test('every kind of weight is taken from its place in a PyTorch state dict', () => {
  const theirs = new Map<string, StoredTensor>();
  const put = (name: string, shape: number[]) => {
    const data = scatter(
      shape.reduce((a, b) => a * b, 1),
      theirs.size,
    );
    theirs.set(name, { shape, data });
    return data;
  };
  const conv = put('features.0.weight', [4, 3, 3, 3]);
  put('features.0.bias', [4]);
  for (const name of ['weight', 'bias', 'running_mean', 'running_var']) put(`features.1.${name}`, [4]);
  const depthwise = put('dw.weight', [4, 1, 3, 3]);
  const flattened = put('fc.weight', [5, 24]);
  const dense = put('out.weight', [2, 5]);

  const mapped = mapWeights(theirs, pytorchWeightMap(architecture, modules), 'x');
  const shapes = Object.fromEntries([...mapped].map(([name, { shape }]) => [name, shape]));
  expect(shapes).toMatchObject({
    'conv1/kernel': [3, 3, 3, 4],
    'depthwise1/kernel': [3, 3, 4, 1],
    'dense1/kernel': [24, 5],
    'dense2/kernel': [5, 2],
  });
  expect(mapped.get('norm1/variance')!.data).toEqual(theirs.get('features.1.running_var')!.data);
  expect(mapped.get('norm1/scale')!.data).toEqual(theirs.get('features.1.weight')!.data);
  const ours = (name: string) => mapped.get(name)!.data;
  for (let y = 0; y < 3; y++) {
    for (let x = 0; x < 3; x++) {
      for (let o = 0; o < 4; o++) {
        expect(ours('depthwise1/kernel')[(y * 3 + x) * 4 + o]).toBe(depthwise[(o * 3 + y) * 3 + x]);
        for (let i = 0; i < 3; i++) {
          expect(ours('conv1/kernel')[((y * 3 + x) * 3 + i) * 4 + o]).toBe(
            conv[((o * 3 + i) * 3 + y) * 3 + x],
          );
        }
      }
    }
  }
  for (let o = 0; o < 5; o++) {
    for (let y = 0; y < 2; y++) {
      for (let x = 0; x < 3; x++) {
        for (let c = 0; c < 4; c++) {
          expect(ours('dense1/kernel')[((y * 3 + x) * 4 + c) * 5 + o]).toBe(
            flattened[o * 24 + (c * 2 + y) * 3 + x],
          );
        }
      }
    }
  }
  expect(ours('dense2/kernel')[2 * 2 + 1]).toBe(dense[5 + 2]);
});

test('modules that do not match the layers are refused by name', () => {
  const { dense2: _, ...fewer } = modules;
  expect(() => pytorchWeightMap(architecture, fewer)).toThrow(
    'pytorchWeightMap: modules must be a module for "dense2", too, got',
  );
  expect(() => pytorchWeightMap(architecture, { ...modules, conv2: 'x' })).toThrow(
    'modules must be of layers with weights only, got "conv2". Did you mean "conv1"?',
  );
});
