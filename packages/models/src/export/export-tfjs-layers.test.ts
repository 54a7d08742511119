import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { disturbed } from '../../fixtures/disturbed.ts';
import { everyLayer } from '../../fixtures/every-layer.ts';
import { pictures } from '../../fixtures/scatter.ts';
import {
  createModel,
  exportTfjsLayers,
  irNet50,
  loadDlibFaceNet,
  mobileFaceNet,
  nn4Small2,
  resNet18,
  smallCnn,
  type Architecture,
  type Layer,
} from '../index.ts';

let folder: string;
beforeAll(async () => {
  await selectEngine();
  folder = await mkdtemp(join(tmpdir(), 'ft-tfjs-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What tfjs-layers has a counterpart for. */
const convertible: Architecture = {
  ...everyLayer,
  layers: everyLayer.layers.map((block) =>
    block.type !== 'block'
      ? block
      : {
          ...block,
          layers: block.layers
            .filter(({ type }) => type !== 'local-response-norm')
            .flatMap((layer): Layer[] =>
              layer.type === 'max-pool' ? [{ type: 'relu' } as const, layer] : [layer],
            )
            .map((layer) =>
              layer.type === 'concat'
                ? { ...layer, branches: [layer.branches[0]!, layer.branches[2]!] }
                : layer,
            ),
        },
  ),
};

const width = 0.125;
test.each([
  ['every layer', () => disturbed(convertible)],
  ['smallCnn', () => disturbed(smallCnn({ size: 40, width }))],
  ['mobileFaceNet', () => disturbed(mobileFaceNet({ size: 32, width }))],
  ['resNet18', () => disturbed(resNet18({ size: 48, width }))],
  ['irNet50', () => disturbed(irNet50({ size: 32, width }))],
  ['dlibFaceNet', () => loadDlibFaceNet()],
])('tfjs-layers gives the embeddings of %s', { timeout: 60_000 }, async (name, load) => {
  const model = await load();
  const directory = join(folder, name);
  await exportTfjsLayers(model, directory);
  const { modelTopology, weightsManifest } = JSON.parse(
    await readFile(join(directory, 'model.json'), 'utf8'),
  );
  const { buffer } = Uint8Array.from(await readFile(join(directory, weightsManifest[0].paths[0])));
  const loaded = await loadLayersModel({
    load: async () => ({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData: buffer }),
  });
  const images = pictures(2, model.architecture.input.height);
  const embeddings = model.embed(images);
  const pixels = tf.cast(images, 'float32');
  const got = loaded.predict(pixels) as tf.Tensor;
  expect(got.shape).toEqual(embeddings.shape);
  const values = got.dataSync();
  embeddings.dataSync().forEach((value, i) => expect(values[i]).toBeCloseTo(value, 4));
  tf.dispose([images, embeddings, pixels, got]);
  loaded.dispose();
  model.dispose();
});

test('a layer without counterpart is refused by name', async () => {
  await expect(exportTfjsLayers(createModel(nn4Small2({ width }), { seed: 1 }), folder)).rejects.toThrow(
    'nn4-small2 cannot be exported to tfjs-layers: stem/local-response-norm1 is a layer of type local-response-norm. Export to ONNX.',
  );
  await expect(exportTfjsLayers(createModel(everyLayer, { seed: 1 }), folder)).rejects.toThrow(
    'rich cannot be exported to tfjs-layers: stem/max-pool1 is a padded max-pool that no relu precedes.',
  );
});
