import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cropped } from '../../fixtures/cropped.ts';
import { disturbed } from '../../fixtures/disturbed.ts';
import { everyLayer } from '../../fixtures/every-layer.ts';
import { pictures } from '../../fixtures/scatter.ts';
import {
  exportOnnx,
  irNet50,
  loadDlibFaceNet,
  mobileFaceNet,
  nn4Small2,
  resNet18,
  smallCnn,
} from '../index.ts';

let folder: string;
beforeAll(async () => {
  await selectEngine();
  folder = await mkdtemp(join(tmpdir(), 'ft-onnx-'));
});
afterAll(() => rm(folder, { recursive: true }));

const width = 0.125;
test.each([
  ['every layer', () => disturbed(everyLayer)],
  ['smallCnn', () => disturbed(smallCnn({ size: 40, width }))],
  ['smallCnn of crops', () => disturbed(cropped)],
  ['mobileFaceNet', () => disturbed(mobileFaceNet({ size: 32, width }))],
  ['nn4Small2', () => disturbed(nn4Small2({ width }))],
  ['resNet18', () => disturbed(resNet18({ size: 48, width }))],
  ['irNet50', () => disturbed(irNet50({ size: 32, width }))],
  ['dlibFaceNet', () => loadDlibFaceNet()],
])('onnxruntime gives the embeddings of %s', { timeout: 60_000 }, async (name, load) => {
  const model = await load();
  const { input, embeddingSize } = model.architecture;
  const file = join(folder, `${name}.onnx`);
  await exportOnnx(model, file);
  const images = pictures(2, input.height);
  const embeddings = model.embed(images);
  const session = await InferenceSession.create(file);
  const pixels = new Tensor('float32', Float32Array.from(images.dataSync()), [
    2,
    input.height,
    input.width,
    3,
  ]);
  const { embeddings: got } = await session.run({ images: pixels });
  expect(got!.dims).toEqual([2, embeddingSize]);
  const values = got!.data as Float32Array;
  embeddings.dataSync().forEach((value, i) => expect(values[i]).toBeCloseTo(value, 4));
  await session.release();
  tf.dispose([images, embeddings]);
  model.dispose();
});
