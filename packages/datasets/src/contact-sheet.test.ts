import sharp from 'sharp';
import { expect, test } from 'vitest';
import { contactSheet, syntheticIdentities } from './index.ts';

const faces = syntheticIdentities({ identities: 3, imagesPerIdentity: 1, size: 16, seed: 1 });

test('images lie in reading order, the rest is white', async () => {
  const png = await contactSheet(faces, { indices: [2, 0, 1], columns: 2 });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([32, 32]);
  const tile = (left: number, top: number) =>
    Array.from({ length: 16 }, (_, y) => {
      const start = ((top + y) * 32 + left) * 3;
      return [...data.subarray(start, start + 48)];
    }).flat();
  const image = (n: number) => [...faces.pixels.subarray(n * 768, (n + 1) * 768)];
  expect(tile(0, 0)).toEqual(image(2));
  expect(tile(16, 0)).toEqual(image(0));
  expect(tile(0, 16)).toEqual(image(1));
  expect(new Set(tile(16, 16))).toEqual(new Set([255]));
});

test('nothing to draw, no columns and wrong indices are refused', async () => {
  await expect(contactSheet(faces, { indices: [] })).rejects.toThrow('indices must be at least one image');
  await expect(contactSheet(faces, { columns: 0 })).rejects.toThrow('columns must be an integer from 1');
  await expect(contactSheet(faces, { indices: [3] })).rejects.toThrow('indices[0]');
});
