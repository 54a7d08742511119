import { createRandom } from '@ft/random';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { compressImage } from './compress-image.ts';
import { augmentBatch, gatherBatch, syntheticIdentities } from './index.ts';

const size = 60;
const faces = syntheticIdentities({ identities: 2, imagesPerIdentity: 1, size, seed: 3, nuisance: 0 });
const data = gatherBatch(faces, [0]);
const frame = { data, height: size, width: size, shrink: 1 };
const difference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;

test.each([5, 20, 50, 80])('quality %i gives what a JPEG file of it holds', async (quality) => {
  const file = await sharp(data, { raw: { width: size, height: size, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: '4:2:0' })
    .toBuffer();
  const decoded = new Uint8Array(await sharp(file).raw().toBuffer());
  const compressed = compressImage(frame, quality);
  const lost = difference(decoded, data);
  // Decoders smooth the colours while they enlarge them.
  expect(difference(compressed, decoded)).toBeLessThan(0.25 * lost + 0.9);
  expect(Math.abs(difference(compressed, data) - lost)).toBeLessThan(0.15 * lost);
});

test('flat grey stays, and less quality loses more', () => {
  const flat = { ...frame, data: new Uint8Array(data.length).fill(128) };
  expect(compressImage(flat, 10)).toEqual(flat.data);
  const lost = [95, 60, 30, 5].map((quality) => difference(compressImage(frame, quality), data));
  expect(lost).toEqual([...lost].sort((a, b) => a - b));
});

test('images that are no whole blocks keep their size', () => {
  const narrow = { data: data.slice(0, 5 * 3 * 3), height: 3, width: 5, shrink: 1 };
  expect(compressImage(narrow, 100)).toHaveLength(45);
});

test('augmentBatch draws a quality for each image, the same for the same state', () => {
  const run = (jpeg: number, seed = 1) => augmentBatch(faces, [0, 0], { random: createRandom(seed), jpeg });
  expect(run(10)).toEqual(run(10));
  expect(run(10)).not.toEqual(run(10, 2));
  const both = run(10);
  expect(both.subarray(0, data.length)).not.toEqual(both.subarray(data.length));
  expect(difference(run(5), gatherBatch(faces, [0, 0]))).toBeGreaterThan(
    difference(run(90), gatherBatch(faces, [0, 0])),
  );
  expect(() => run(0)).toThrow('jpeg must be a number from 1 to 100, got 0');
});
