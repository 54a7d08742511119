import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { launch, type Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cropped } from '../../fixtures/cropped.ts';
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
  type EmbeddingModel,
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
                ? { ...layer, branches: layer.branches.filter(([first]) => first?.type !== 'l2-pool') }
                : layer,
            ),
        },
  ),
};

const width = 0.125;
const exportable: readonly [name: string, load: () => EmbeddingModel | Promise<EmbeddingModel>][] = [
  ['every-layer', () => disturbed(convertible)],
  ['small-cnn', () => disturbed(smallCnn({ size: 40, width }))],
  ['small-cnn-of-crops', () => disturbed(cropped)],
  ['mobile-face-net', () => disturbed(mobileFaceNet({ size: 32, width }))],
  ['res-net-18', () => disturbed(resNet18({ size: 48, width }))],
  ['ir-net-50', () => disturbed(irNet50({ size: 32, width }))],
  ['dlib-face-net', loadDlibFaceNet],
];

test.each(exportable)('tfjs-layers gives the embeddings of %s', { timeout: 60_000 }, async (name, load) => {
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

const executablePath = process.env['FT_CHROMIUM'] ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);

describe.skipIf(missing)(
  'a page in Chromium (skipped where FT_CHROMIUM or /usr/bin/chromium is missing)',
  () => {
    let browser: Browser;
    // The page, the library as it is published for pages, and the exports.
    const library = fileURLToPath(import.meta.resolve('@tensorflow/tfjs/dist/tf.min.js'));
    const html = '<!doctype html><link rel="icon" href="data:," /><script src="/tf.min.js"></script>';
    const server = createServer(async ({ url = '/' }, response) => {
      const file = url === '/tf.min.js' ? library : join(folder, url);
      response.end(url === '/' ? html : await readFile(file));
    });
    beforeAll(async () => {
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
      browser = await launch({ executablePath, args: ['--no-sandbox'], timeout: 60_000 });
    }, 90_000);
    afterAll(async () => {
      await browser.close();
      server.close();
    });

    test.each(exportable)('gives the embeddings of %s', { timeout: 60_000 }, async (name, load) => {
      const model = await load();
      await exportTfjsLayers(model, join(folder, name));
      const size = model.architecture.input.height;
      const images = pictures(2, size);
      const embeddings = model.embed(images);
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      // As text: the page's `tf` is another than this file's.
      const got = (await page.evaluate(`(async () => {
      await tf.setBackend('cpu');
      const model = await tf.loadLayersModel('/${name}/model.json');
      const images = tf.tensor4d(${JSON.stringify([...images.dataSync()])}, [2, ${size}, ${size}, 3]);
      return Array.from(await model.predict(images).data());
    })()`)) as number[];
      expect(got).toHaveLength(embeddings.size);
      embeddings.dataSync().forEach((value, i) => expect(Math.abs(got[i]! - value)).toBeLessThan(1e-4));
      await page.close();
      tf.dispose([images, embeddings]);
      model.dispose();
    });
  },
);

test('a layer without counterpart is refused by name', async () => {
  await expect(exportTfjsLayers(createModel(nn4Small2({ width }), { seed: 1 }), folder)).rejects.toThrow(
    'nn4-small2 cannot be exported to tfjs-layers: stem/local-response-norm1 is a layer of type local-response-norm. Export to ONNX.',
  );
  await expect(exportTfjsLayers(createModel(everyLayer, { seed: 1 }), folder)).rejects.toThrow(
    'rich cannot be exported to tfjs-layers: stem/max-pool1 is a padded max-pool that no relu precedes.',
  );
});
