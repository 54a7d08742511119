import { readFile } from 'node:fs/promises';
import { selectEngine } from '@ft/engine';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LandmarkNet, loadLandmarkNet } from './landmark-net.ts';

let net: LandmarkNet;
/** What the package itself finds; fixtures/make-landmarks.mjs wrote it. */
let expected: Record<string, number[]>;

beforeAll(async () => {
  await selectEngine();
  net = await loadLandmarkNet();
  expected = JSON.parse(await readFile(new URL('../../fixtures/landmarks.json', import.meta.url), 'utf8'));
});
afterAll(() => net.dispose());

const picture = (size: number) =>
  Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const [y, x, c] = [Math.floor(i / 3 / size) / size, (Math.floor(i / 3) % size) / size, i % 3];
    const skin = Math.exp(-(((x - 0.5) / 0.3) ** 2) - ((y - 0.5) / 0.4) ** 2);
    return Math.round(85 + 140 * skin - 30 * c * y + 20 * Math.sin(40 * x * y));
  });

test.each([112, 60])('%i pixels: the points are those of the package', async (size) => {
  const points = await net.detect({ pixels: picture(size), count: 1, height: size, width: size });
  expect(points).toHaveLength(136);
  points.forEach((value, i) => expect(value).toBeCloseTo(expected[size]![i]!, 4));
});

test('images of a batch are apart, batches follow each other, and no tensor is left', async () => {
  const bytes = picture(112);
  const mirrored = Uint8Array.from(bytes, (_, i) => {
    const [x, c] = [Math.floor(i / 3) % 112, i % 3];
    return bytes[(Math.floor(i / 336) * 112 + 111 - x) * 3 + c]!;
  });
  const count = 66;
  const pixels = new Uint8Array(count * bytes.length);
  for (let i = 0; i < count; i++) pixels.set(i === 65 ? mirrored : bytes, i * bytes.length);
  const before = tf.memory().numTensors;
  const all = await net.detect({ pixels, count, height: 112, width: 112 });
  expect(tf.memory().numTensors).toBe(before);
  const alone = await net.detect({ pixels: mirrored, count: 1, height: 112, width: 112 });
  for (let i = 0; i < 136; i++) {
    expect(all[64 * 136 + i]).toBeCloseTo(all[i]!, 5);
    expect(all[65 * 136 + i]).toBeCloseTo(alone[i]!, 5);
  }
  expect(Math.abs(alone[0]! - all[0]!)).toBeGreaterThan(1e-3);
});

test('other than square images, and wrong lengths, are refused', async () => {
  const pixels = new Uint8Array(4 * 5 * 3);
  await expect(net.detect({ pixels, count: 1, height: 4, width: 5 })).rejects.toThrow(
    'LandmarkNet: images must be square and RGB, of shape [batch, side, side, 3]',
  );
  await expect(net.detect({ pixels, count: 2, height: 4, width: 5 })).rejects.toThrow(
    'LandmarkNet.detect: images.pixels must be of length count x height x width x 3 = 120',
  );
});
