import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectEngine } from '@ft/engine';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  createModel,
  decodeSafetensors,
  encodeSafetensors,
  exportWeights,
  importWeights,
  loadModel,
  saveModel,
  SafetensorsError,
  smallCnn,
} from './index.ts';

const architecture = smallCnn({ size: 32, width: 0.125, embeddingSize: 6 });
let directory: string;

beforeEach(async () => {
  await selectEngine();
  directory = await mkdtemp(join(tmpdir(), 'ft-model-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('a saved model comes back with the same weights, architecture and metadata', async () => {
  const model = createModel(architecture, { seed: 5 });
  await saveModel(model, directory, { run: 'a' });
  const loaded = await loadModel(directory);
  expect(loaded.metadata).toEqual({ run: 'a' });
  expect(loaded.model.architecture).toEqual(architecture);
  expect(exportWeights(loaded.model)).toEqual(exportWeights(model));

  const other = createModel(architecture, { seed: 6 });
  await saveModel(other, directory);
  expect((await readdir(directory)).length).toBe(2);
  expect(exportWeights((await loadModel(directory)).model)).toEqual(exportWeights(other));
});

test('a damaged, foreign or missing bundle is refused by name of what differs', async () => {
  await expect(loadModel(join(directory, 'none'))).rejects.toThrow(
    /none is not a model: .*model.json.*ENOENT/,
  );
  await saveModel(createModel(architecture, { seed: 5 }), directory);
  const files = await readdir(directory);
  const weights = join(
    directory,
    files.find((file) => file.startsWith('weights'))!,
  );
  const description = join(directory, 'model.json');
  const text = await readFile(description, 'utf8');
  const bytes = await readFile(weights);

  bytes[bytes.length - 1]! ^= 1;
  await writeFile(weights, bytes);
  await expect(loadModel(directory)).rejects.toThrow(/is damaged: sha256 must be/);
  await writeFile(weights, bytes.subarray(0, 100));
  await expect(loadModel(directory)).rejects.toThrow(/is damaged: sha256 must be/);

  await writeFile(description, text.slice(0, 50));
  await expect(loadModel(directory)).rejects.toThrow(/model.json is not JSON/);
  await writeFile(description, text.replace('"version": 1', '"version": 9'));
  await expect(loadModel(directory)).rejects.toThrow(/is of format version 9, this program reads version 1/);
  await writeFile(description, '{"format":"layers-model"}');
  await expect(loadModel(directory)).rejects.toThrow(
    /format must be "ft-embedding-model", got "layers-model"/,
  );
});

test('weights of another architecture are refused and leave the model unchanged', () => {
  const model = createModel(architecture, { seed: 5 });
  const before = exportWeights(model);
  const foreign = exportWeights(
    createModel(smallCnn({ size: 32, width: 0.25, embeddingSize: 6 }), { seed: 5 }),
  );
  expect(() => importWeights(model, foreign, 'other.safetensors')).toThrow(
    'other.safetensors: weight "conv1/kernel" of small-cnn must be of shape [3, 3, 3, 4], got shape [3, 3, 3, 8].',
  );
  expect(() => importWeights(model, new Map(), 'empty')).toThrow('got nothing of that name');
  expect(exportWeights(model)).toEqual(before);
});

test('safetensors: what is written is read back; any cut or changed header is an error, never a crash', () => {
  const tensors = new Map([
    ['a', { shape: [2, 3], data: Float32Array.from([1, 2, 3, 4, 5, Number.NaN]) }],
    ['b/ü', { shape: [], data: Int32Array.of(-7) }],
    ['empty', { shape: [0], data: new Float32Array() }],
  ]);
  const bytes = encodeSafetensors(tensors, { step: '12' });
  expect(decodeSafetensors(bytes, 'x')).toEqual({ tensors, metadata: { step: '12' } });
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), (length) => {
      expect(() => decodeSafetensors(bytes.slice(0, length), 'x')).toThrow(SafetensorsError);
    }),
  );
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (position, change) => {
      const altered = bytes.slice();
      altered[position]! ^= change;
      const outcome = attempt(() => decodeSafetensors(altered, 'x'));
      expect(outcome === undefined || SafetensorsError.isInstance(outcome), String(outcome)).toBe(true);
    }),
  );
});

function attempt(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
