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
  saveCalibration,
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
  expect(loaded.calibration).toBe(undefined);
  expect(loaded.model.architecture).toEqual(architecture);
  expect(await exportWeights(loaded.model)).toEqual(await exportWeights(model));

  const other = createModel(architecture, { seed: 6 });
  await saveModel(other, directory);
  expect((await readdir(directory)).length).toBe(2);
  expect(await exportWeights((await loadModel(directory)).model)).toEqual(await exportWeights(other));
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

test('versions and a calibration are kept; a calibration serves only the weights it was made for', async () => {
  const model = createModel(architecture, { seed: 5 });
  const modelId = await saveModel(model, directory, {}, { versions: { '@ft/models': '0.0.0' } });
  const before = await readFile(join(directory, 'model.json'), 'utf8');
  await saveCalibration(directory, modelId, { threshold: 1.2 });
  expect(await loadModel(directory)).toMatchObject({
    modelId,
    versions: { '@ft/models': '0.0.0' },
    calibration: { threshold: 1.2 },
  });
  await expect(saveCalibration(directory, 'f00', { threshold: 2 })).rejects.toThrow(
    /holds model [0-9a-f]{64}, and the calibration was made for f00\. Calibrate again\./,
  );
  const foreign = { ...JSON.parse(before), calibration: { modelId: 'f00', value: { threshold: 2 } } };
  await writeFile(join(directory, 'model.json'), JSON.stringify(foreign));
  await expect(loadModel(directory)).rejects.toThrow(/was made for model f00, not [0-9a-f]{64}/);
  expect(await saveModel(model, directory)).toBe(modelId);
  expect((await loadModel(directory)).calibration).toBe(undefined);
});

test('a description of another architecture than the weights is refused by what differs', async () => {
  await saveModel(createModel(architecture, { seed: 5 }), directory);
  const file = join(directory, 'model.json');
  const description = JSON.parse(await readFile(file, 'utf8'));
  const write = (changed: object) => writeFile(file, JSON.stringify({ ...description, ...changed }));
  await write({ architecture: { ...architecture, input: { ...architecture.input, scale: 1 } } });
  await expect(loadModel(directory)).rejects.toThrow(
    /another architecture than its weights: input\.scale is 1, and 0\.015625 in weights-/,
  );
  await write({ version: 0 });
  await expect(loadModel(directory)).rejects.toThrow(/is of format version 0, this program reads version 1/);
  expect(() =>
    createModel({ ...architecture, layers: [{ type: 'attention' } as never] }, { seed: 1 }),
  ).toThrow(
    'createModel: architecture.layers[0].type must be a layer that this release knows, got "attention".',
  );
});

test('weights of another architecture are refused and leave the model unchanged', async () => {
  const model = createModel(architecture, { seed: 5 });
  const before = await exportWeights(model);
  const foreign = await exportWeights(
    createModel(smallCnn({ size: 32, width: 0.25, embeddingSize: 6 }), { seed: 5 }),
  );
  expect(() => importWeights(model, foreign, 'other.safetensors')).toThrow(
    'other.safetensors: weight "conv1/kernel" of small-cnn must be of shape [3, 3, 3, 4], got shape [3, 3, 3, 8].',
  );
  expect(() => importWeights(model, new Map(), 'empty')).toThrow('got nothing of that name');
  expect(await exportWeights(model)).toEqual(before);
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

/** A file with one tensor, written by hand, and read. */
function tensorOf(dtype: string, data: Uint8Array, shape: number[]) {
  const header = JSON.stringify({ x: { dtype, shape, data_offsets: [0, data.length] } });
  const bytes = new Uint8Array(8 + header.length + data.length);
  bytes.set([header.length], 0);
  bytes.set(new TextEncoder().encode(header), 8);
  bytes.set(data, 8 + header.length);
  return decodeSafetensors(bytes, 'x').tensors.get('x')!.data;
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer);
}

test('safetensors of other programs: halves, doubles and long integers', () => {
  // 1, -2, the largest half, the smallest above 0, and infinity.
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00);
  expect([...tensorOf('F16', bytesOf(halves), [5])]).toEqual([1, -2, 65504, 2 ** -24, Infinity]);
  expect([...tensorOf('BF16', bytesOf(Uint16Array.of(0x3f80, 0xc020)), [2])]).toEqual([1, -2.5]);
  expect([...tensorOf('F64', bytesOf(Float64Array.of(0.5)), [])]).toEqual([0.5]);
  expect([...tensorOf('I64', bytesOf(BigInt64Array.of(-7n)), [1])]).toEqual([-7]);
  expect(() => tensorOf('U8', Uint8Array.of(1), [1])).toThrow('"x" is of type "U8", none of F32, I32, F64');
});

function attempt(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
