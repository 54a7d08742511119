import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DamagedImageError, decodeBatches, type FaceImage, packImages } from './index.ts';

let root: string;
const images: FaceImage[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ft-batches-'));
  for (let i = 0; i < 5; i++) {
    const file = join(root, `${i}.jpg`);
    await sharp({
      create: { width: 20, height: 20, channels: 3, background: { r: i * 50, g: 9, b: 90 } },
    }).toFile(file);
    images.push({ id: `${i}.jpg`, identity: 'Ann', file });
  }
});
afterAll(() => rm(root, { recursive: true }));

test('batches hold the same pixels as packed images', async () => {
  const dataset = { name: 'test', images };
  const options = { size: 8, crop: { centerX: 10, centerY: 10, size: 12 } };
  const packed = await packImages(dataset, {
    ...options,
    cacheDir: join(root, 'cache'),
    onDamaged: 'refuse',
  });
  const wanted = [Int32Array.of(4, 0), Int32Array.of(1, 1, 2), Int32Array.of(3)];
  let at = 0;
  for await (const { indices, pixels } of decodeBatches(dataset, wanted, options)) {
    expect(indices).toBe(wanted[at++]);
    indices.forEach((index, i) => {
      expect(pixels.subarray(i * 192, (i + 1) * 192)).toEqual(
        packed.pixels.subarray(index * 192, (index + 1) * 192),
      );
    });
  }
  expect(at).toBe(3);
});

test('a damaged image, a wrong position and a wrong size are refused', async () => {
  const gone = { id: 'gone', identity: 'Ann', file: join(root, 'gone.jpg') };
  const dataset = { name: 'test', images: [...images, gone] };
  const batches = decodeBatches(dataset, [Int32Array.of(0), Int32Array.of(5)], { size: 4 });
  await batches.next();
  await expect(batches.next()).rejects.toSatisfy((error) => DamagedImageError.isInstance(error));
  await expect(decodeBatches(dataset, [Int32Array.of(6)], { size: 4 }).next()).rejects.toThrow('indices[0]');
  await expect(decodeBatches(dataset, [], { size: 0 }).next()).rejects.toThrow('size must be');
});
